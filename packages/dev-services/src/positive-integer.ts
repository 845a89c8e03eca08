import { InvalidArgumentError } from 'commander';

/** The value of a command's option that counts something. */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('must be a positive whole number.');
  return value;
}
