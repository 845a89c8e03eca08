import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A server program that can be run, and the environment that it needs. */
export type Program = { command: string; env: NodeJS.ProcessEnv; version: string };

export type ProgramSpec = {
  program: string;
  /** Oldest version that has all we use. */
  versionMin: readonly [major: number, minor: number];
};

export const programs = {
  // 6.2 is the oldest Redis that BullMQ supports.
  redis: { program: 'redis-server', versionMin: [6, 2] },
  // 2.9 is what Debian 12 ships, and the oldest that is tried here.
  nats: { program: 'nats-server', versionMin: [2, 9] },
  postgres: { program: 'postgres', versionMin: [14, 0] },
} as const satisfies Record<string, ProgramSpec>;

/** The absolute path of a program on the PATH, or undefined. */
export function findOnPath(program: string, path = process.env['PATH'] ?? ''): string | undefined {
  for (const directory of path.split(delimiter)) {
    if (directory === '') continue;
    const candidate = join(directory, program);
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** Runs `--version` and rejects, with the reason, a program that does not run or is too old. */
export async function checkProgram(command: string, env: NodeJS.ProcessEnv, spec: ProgramSpec): Promise<Program> {
  const { stdout, stderr } = await run(command, ['--version'], { env, timeout: 10_000 });
  const match = /(\d+)\.(\d+)(?:\.\d+)?/.exec(stdout + stderr);
  if (match === null) throw new Error(`${command} --version names no version: ${stdout.slice(0, 100)}`);
  const [version, major, minor] = [match[0], Number(match[1]), Number(match[2])];
  const [majorMin, minorMin] = spec.versionMin;
  if (major < majorMin || (major === majorMin && minor < minorMin)) {
    throw new Error(`${command} is version ${version}, at least ${majorMin}.${minorMin} is needed`);
  }
  return { command, env, version };
}
