import { join, resolve } from 'node:path';

const repository = resolve(import.meta.dirname, '../../..');

/** Folder that the user called from: package scripts run in the repository's root, whatever folder that was. */
function callerDirectory(env: NodeJS.ProcessEnv = process.env): string {
  return env['INIT_CWD'] ?? process.cwd();
}

/** A path as the user meant it; `-` (standard input) stays. */
export function userPath(path: string): string {
  return path === '-' ? path : resolve(callerDirectory(), path);
}

/** `VIGIL_DATA_DIR`, else `.vigil` in the checkout: the same wherever the command is called from. */
export function defaultDataDir(env: NodeJS.ProcessEnv = process.env): string {
  const given = env['VIGIL_DATA_DIR'];
  return given === undefined || given === '' ? join(repository, '.vigil') : userPath(given);
}
