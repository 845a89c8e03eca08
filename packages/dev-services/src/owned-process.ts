import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { messageOf } from './message-of.ts';
import { guardProcess, unguardProcess } from './watchdog.ts';
import { FatalError, waitUntil } from './wait-until.ts';

export type OwnedProcessSpec = {
  name: string;
  command: string;
  args: readonly string[];
  env?: NodeJS.ProcessEnv | undefined;
  cwd?: string | undefined;
  /** Standard output and error are appended here. */
  logFile: string;
  /** Hears each line of output too. It then takes its way through us, which costs something. */
  onLine?: ((line: string) => void) | undefined;
  stopSignal: NodeJS.Signals;
  /** How long an orderly stop may take before SIGKILL. */
  stopTimeoutMs: number;
  startTimeoutMs: number;
  /** Resolves once the server answers; rejects while it does not yet. Called again and again. */
  probe: () => Promise<void>;
};

export type OwnedProcess = {
  /** Undefined while it does not run. */
  readonly pid: number | undefined;
  /** Orderly, and with SIGKILL once `stopTimeoutMs` are over. */
  stop(): Promise<void>;
  /** Stops it where it still runs, starts it again and waits until it answers. */
  restart(): Promise<void>;
  /** Waits until it is gone for SIGKILL, SIGTERM, SIGINT and SIGQUIT; SIGSTOP and SIGCONT pause and resume it. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Resolves when the present process has ended, with what ended it. */
  ended(): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
};

const deadly = new Set<NodeJS.Signals>(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGQUIT']);

/**
 * Starts a server as a child in its own session, waits until it answers, and has the watchdog end it should we die.
 * It does not keep our event loop alive. Rejects with the tail of the server's output when it ends or stays silent.
 */
export async function startOwnedProcess(spec: OwnedProcessSpec): Promise<OwnedProcess> {
  let child = await launch(spec);
  return {
    get pid() {
      return hasEnded(child) ? undefined : child.pid;
    },
    stop: async () => end(child, spec),
    restart: async () => {
      await end(child, spec);
      child = await launch(spec);
    },
    kill: async (signal) => {
      const ended = deadly.has(signal) ? whenEnded(child) : undefined;
      child.kill(signal);
      await ended;
    },
    ended: async () => {
      const present = child;
      if (!hasEnded(present)) await once(present, 'exit');
      return { code: present.exitCode, signal: present.signalCode };
    },
  };
}

async function launch(spec: OwnedProcessSpec): Promise<ChildProcess> {
  mkdirSync(dirname(spec.logFile), { recursive: true });
  const log = openSync(spec.logFile, 'a', 0o600);
  let child: ChildProcess;
  try {
    child = spawn(spec.command, spec.args, {
      stdio: spec.onLine === undefined ? ['ignore', log, log] : ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: spec.env ?? process.env,
      cwd: spec.cwd,
    });
  } finally {
    closeSync(log);
  }
  // Rejects with the reason when the program cannot be run at all.
  await once(child, 'spawn');
  const { onLine } = spec;
  if (onLine !== undefined) {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        appendFileSync(spec.logFile, `${line}\n`);
        onLine(line);
      });
    }
  }
  const { pid } = child;
  if (pid !== undefined) {
    guardProcess(pid, spec.stopSignal);
    child.once('exit', () => {
      unguardProcess(pid);
    });
  }
  child.unref();
  try {
    await waitUntil(
      async () => {
        if (hasEnded(child)) {
          const how = child.signalCode ?? `code ${child.exitCode}`;
          throw new FatalError('', { cause: new Error(`${spec.name} ended at its start with ${how}`) });
        }
        await spec.probe();
        return true;
      },
      { timeoutMs: spec.startTimeoutMs, what: `start of ${spec.name}` },
    );
  } catch (error) {
    await end(child, { ...spec, stopSignal: 'SIGKILL' });
    const reason = messageOf(error);
    throw new Error(`${reason}\n${logTail(spec.logFile)}`, { cause: error });
  }
  return child;
}

/** The last lines of a log file, for an error message. */
export function logTail(file: string, lines = 15): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

async function whenEnded(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  child.ref();
  await new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
  });
}

async function end(child: ChildProcess, spec: OwnedProcessSpec): Promise<void> {
  if (hasEnded(child)) return;
  const ended = whenEnded(child);
  child.kill(spec.stopSignal);
  // A paused process sees its signal only once it goes on.
  child.kill('SIGCONT');
  const force = setTimeout(() => child.kill('SIGKILL'), spec.stopTimeoutMs);
  await ended;
  clearTimeout(force);
}
