import type { Random } from '../random.ts';

/** Pieces that have broken parsers, encoders, databases and terminals before. */
const NASTY = [
  '\0',
  '\u001b[31m',
  '\u202e',
  '\ufeff',
  '\ud800',
  '\u{1f4a9}',
  '%',
  '%0',
  '%00',
  '%u0041',
  '%c0%ae',
  '%25'.repeat(50),
  '\\x',
  '\\',
  '"',
  "'",
  '[',
  ']',
  '{',
  '}',
  ',',
  ':',
  '\t',
  '\r',
  '=',
  '&',
  '?',
  '#',
  '-',
  '__proto__',
  'constructor',
  'NaN',
  '1e999',
  '-1',
  '9007199254740993',
  '99999999999999999999',
  '../',
  '(',
  '(a+)+$',
  '<script>',
  '${jndi:',
  '; cat ',
  ' OR 1=1',
  '=cmd|',
  'null',
  'true',
  '[]',
  '[]'.repeat(30),
  '{"a":'.repeat(40),
  'A'.repeat(300),
];
const BYTES_MAX = 16_384;

/** A text that differs from one of the seeds in a few places, or is none of them at all. */
export function mutate(random: Random, seeds: readonly string[]): string {
  if (random.chance(0.02)) return noise(random, random.int(0, 400));
  let text = random.pick(seeds);
  for (let change = random.int(0, 6); change > 0; change -= 1) text = changed(random, text, seeds);
  return text.length > BYTES_MAX ? text.slice(0, BYTES_MAX) : text;
}

/** Text without any sense: mostly single bytes, now and then any code unit. */
export function noise(random: Random, length: number): string {
  let text = '';
  for (let at = 0; at < length; at += 1) text += String.fromCharCode(random.int(0, random.chance(0.1) ? 0xffff : 0xff));
  return text;
}

function changed(random: Random, text: string, seeds: readonly string[]): string {
  const at = random.int(0, text.length);
  const length = random.int(0, Math.min(20, text.length - at));
  switch (random.int(0, 6)) {
    case 0:
      return text.slice(0, at) + random.pick(NASTY) + text.slice(at);
    case 1:
      return text.slice(0, at) + text.slice(at + length);
    case 2:
      return text.slice(0, at) + text.slice(at, at + length).repeat(random.int(1, 40)) + text.slice(at + length);
    case 3:
      return text.slice(0, at) + String.fromCharCode(random.int(0, 255)) + text.slice(at + 1);
    case 4: {
      const other = random.pick(seeds);
      return text.slice(0, at) + other.slice(random.int(0, other.length));
    }
    case 5:
      return text.slice(0, at);
    default:
      return text.slice(0, at) + random.pick(NASTY) + text.slice(at + length);
  }
}

const VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e300,
  NaN,
  '',
  'x',
  '\0',
  '\ud800',
  '__proto__',
  [],
  {},
  [[]],
  'A'.repeat(5_000),
  2 ** 53,
  undefined,
  { v: 1 },
  [null],
];

/**
 * A value of the same kind with some places changed: properties lost, added, of another type, texts mutated.
 * @param rate 1: most values of any size are spoilt; less: what is left of the sense gets further in
 */
export function mutateValue(random: Random, value: unknown, rate = 1, depth = 0): unknown {
  const chance = (probability: number): boolean => random.chance(probability * rate);
  const inside = (inner: unknown): unknown => mutateValue(random, inner, rate, depth + 1);
  if (chance(0.04)) return random.pick(VALUES);
  if (typeof value === 'string') return chance(0.15) ? mutate(random, [value]) : value;
  if (typeof value === 'number') return chance(0.1) ? random.pick([-1, 0, 1e15, 0.5, value + 1, Infinity]) : value;
  if (Array.isArray(value)) {
    const items = value.filter(() => !chance(0.05)).map(inside);
    return chance(0.03) && items.length > 0 ? [...items, ...items] : items;
  }
  if (typeof value !== 'object' || value === null || depth > 20) return value;
  const entries = Object.entries(value)
    .filter(() => !chance(0.02))
    .map(([key, inner]) => [chance(0.01) ? mutate(random, [key]) : key, inside(inner)]);
  return Object.fromEntries(entries);
}
