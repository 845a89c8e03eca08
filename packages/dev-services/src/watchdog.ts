import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { extname, join } from 'node:path';
import { watchdogScript } from './watchdog-script.ts';

/**
 * One shell process per process of ours (see watchdog-script.ts), started with the first thing to guard, that cleans up after us when
 * we die without having done so. It is module state on purpose: what it guards is bound to this process, not to a caller.
 */
let watchdog: ChildProcess | undefined;
const guarded = new Map<number, NodeJS.Signals>();
const containers = new Set<string>();
const directories = new Set<string>();

/** Has the process ended with `signal` (and SIGKILL after 5 s) should we die before `unguardProcess`. */
export function guardProcess(pid: number, signal: NodeJS.Signals): void {
  guarded.set(pid, signal);
  tellGuarded();
}

/** It has ended: its id may soon be another's. */
export function unguardProcess(pid: number): void {
  if (guarded.delete(pid)) tellGuarded();
}

/** Has the folder deleted after the processes have ended, should we die first. */
export function guardDirectory(path: string): void {
  if (path.includes('\n')) throw new Error(`a guarded folder cannot hold a line break: ${JSON.stringify(path)}`);
  directories.add(path);
  tell(`dir ${path}`);
}

/** Has the container removed should we die before `unguardContainer`. */
export function guardContainer(id: string): void {
  containers.add(id);
  tell(`containers ${[...containers].join(' ')}`);
}

/** It is removed already. */
export function unguardContainer(id: string): void {
  if (containers.delete(id)) tell(`containers ${[...containers].join(' ')}`);
}

function tellGuarded(): void {
  tell(`guard ${[...guarded].map(([pid, signal]) => `${signal.slice(3)}:${pid}`).join(' ')}`);
}

function tell(line: string): void {
  if (watchdog === undefined) start();
  watchdog?.stdin?.write(`${line}\n`);
}

function start(): void {
  const removeContainers = join(import.meta.dirname, `remove-containers${extname(import.meta.filename)}`);
  const child = spawn('/bin/sh', ['-c', watchdogScript, 'vigil-watchdog', process.execPath, removeContainers], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Its own session, so that neither Ctrl-C nor a kill of our process group takes it with us.
    detached: true,
    cwd: '/',
  });
  watchdog = child;
  child.unref();
  child.stdin.on('error', () => undefined);
  if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref();
  child.once('error', () => {
    watchdog = undefined;
  });
  child.once('exit', (_code, signal) => {
    watchdog = undefined;
    // Somebody killed it: what is still guarded gets a new one. One that cannot run is not tried for ever.
    if (signal === null) return;
    for (const path of directories) tell(`dir ${path}`);
    if (guarded.size > 0) tellGuarded();
    if (containers.size > 0) tell(`containers ${[...containers].join(' ')}`);
  });
}
