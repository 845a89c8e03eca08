import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@vigil/dev-services/free-port';
import { startOwnedProcess, type OwnedProcess } from '@vigil/dev-services/owned-process';

const CLI = resolve(import.meta.dirname, '../../../packages/cli/src/main.ts');

export interface EmbeddedRun {
  process: OwnedProcess;
  /** Performance clock at the moment when it was started, ms. */
  startedMs: number;
  databaseUrl: string;
  /** Alerts that REST tells of, up to a hundred. */
  alerts(): Promise<number>;
}

/** Starts `vigil serve` on a log as a user does, in a process of its own, and waits until it answers. */
export async function startEmbeddedProcess(dataDir: string, log: string): Promise<EmbeddedRun> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const probe = async (): Promise<void> => {
    const answer = await fetch(`${url}/ready`, { signal: AbortSignal.timeout(5_000) });
    await answer.arrayBuffer();
    if (!answer.ok || !existsSync(join(dataDir, 'database-url'))) throw new Error(`not ready: ${answer.status}`);
  };
  const startedMs = performance.now();
  const vigil = await startOwnedProcess({
    name: 'vigil serve',
    command: process.execPath,
    args: [CLI, 'serve', log, '--data-dir', dataDir],
    env: { ...process.env, PORT: String(port) },
    logFile: join(dataDir, '..', 'embedded.log'),
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 10_000,
    startTimeoutMs: 120_000,
    probe,
  });
  const read = (name: string): string => readFileSync(join(dataDir, name), 'utf8').trim();
  const headers = { 'x-api-key': read('api-key') };
  return {
    process: vigil,
    startedMs,
    databaseUrl: read('database-url'),
    alerts: async () => {
      const answer = await fetch(`${url}/threats?limit=100`, { headers });
      if (!answer.ok) throw new Error(`/threats answered ${answer.status}`);
      return ((await answer.json()) as { threats: unknown[] }).threats.length;
    },
  };
}

/** Seconds from the start of the process until it tells of an alert. */
export async function untilAlert(run: EmbeddedRun): Promise<number> {
  while ((await run.alerts()) === 0) await delay(10);
  return (performance.now() - run.startedMs) / 1000;
}
