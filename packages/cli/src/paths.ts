import { resolve } from 'node:path';

/** Folder that the user called from: package scripts run in the repository's root, whatever folder that was. */
export function callerDirectory(env: NodeJS.ProcessEnv = process.env): string {
  return env['INIT_CWD'] ?? process.cwd();
}

/** A path as the user meant it; `-` (stdin) stays. */
export function userPath(path: string): string {
  return path === '-' ? path : resolve(callerDirectory(), path);
}
