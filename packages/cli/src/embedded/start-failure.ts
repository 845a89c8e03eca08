import { PostgresUnavailableError } from '@vigil/dev-services/postgres-binaries';
import { PostgresVersionError } from '@vigil/dev-services/postgres-cluster';
import { LaterSchemaError } from '@vigil/shared/storage/later-schema';
import { EXIT_FAILED, UserError } from '../exit.ts';

/** What a start was made with, for the advice. */
export interface StartSettings {
  host: string;
  port: number;
  dataDir: string;
}

/** The reason why Vigil could not start as something that the user can mend; what is none comes back as it is. */
export function startFailure(error: unknown, { host, port, dataDir }: StartSettings): unknown {
  // It comes out of the scoring thread, which leaves an error its name alone.
  if (error instanceof Error && error.name === 'RulesError')
    return new UserError(`The rules in RULES_DIR are not valid:\n${error.message}`);
  if (error instanceof PostgresUnavailableError || error instanceof PostgresVersionError)
    return new UserError(`Cannot start: ${error.message}.`);
  const later = causesOf(error).find((cause) => cause instanceof LaterSchemaError);
  if (later !== undefined) return new UserError(`The database in ${dataDir} cannot be used: ${later.message}.`);
  const { code, syscall, address } = error as NodeJS.ErrnoException & { address?: string };
  if (code === 'EADDRINUSE')
    return new UserError(`Port ${port} on ${host} is in use. Set PORT to another one, or to 0 for any that is free.`);
  if (code === 'EACCES' && syscall === 'listen')
    return new UserError(`Port ${port} on ${host} may not be used. Set PORT to one above 1023.`);
  if (code === 'EADDRNOTAVAIL' && address === '127.0.0.1')
    return new UserError(
      'The database of Vigil listens on 127.0.0.1, and this machine has no such address. Give it to its loopback interface.',
    );
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new UserError(
      `HOST ${host} is no address of this machine. Set it to 127.0.0.1, or to 0.0.0.0 for all of them.`,
    );
  // PostgreSQL refuses to keep secrets where everybody can read them; we have just made the folder ours alone.
  if (isSaid(error, /has invalid permissions/))
    return new UserError(
      `The file system of ${dataDir} keeps no permissions, as that of Windows below /mnt in WSL. Set VIGIL_DATA_DIR to a folder of Linux, such as ~/vigil-data.`,
    );
  // Said with the very words that mean a full disk elsewhere.
  if (isSaid(error, /shared memory segment/))
    return new UserError(
      'There is too little shared memory (/dev/shm) for the database. In a container give it more, as by --shm-size 128m.',
    );
  if (isDiskFull(error))
    return new UserError(
      `The disk under ${dataDir} is full. Free some of it, or set VIGIL_DATA_DIR to a folder on another one; then start again.`,
      { exitCode: EXIT_FAILED },
    );
  return error;
}

function isDiskFull(error: unknown): boolean {
  return (
    causesOf(error).some((at) => 'code' in at && at.code === 'ENOSPC') ||
    isSaid(error, /No space left on device|could not extend file/)
  );
}

/** Also where a program that was started says so, in its output. */
function isSaid(error: unknown, words: RegExp): boolean {
  return causesOf(error).some((at) => words.test(at.message) || words.test(String((at as { stderr?: string }).stderr)));
}

/** The error itself, what caused it, and so on. */
function causesOf(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : [];
}
