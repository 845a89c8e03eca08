import { join, resolve } from 'node:path';
import { freePort } from './free-port.ts';
import { startOwnedProcess } from './owned-process.ts';
import type { OwnedProcess } from './owned-process.ts';
import { waitUntil } from './wait-until.ts';

const repository = resolve(import.meta.dirname, '../../..');

export type StackProcess = OwnedProcess & {
  /** For example `scorer-2`. */
  readonly name: string;
  /** Base URL of `/health`, `/ready` and `/metrics`. */
  readonly opsUrl: string;
  /** Base URL of its public API, where it has one. */
  readonly url: string | undefined;
  readonly logFile: string;
  /** Resolves once `/ready` answers 200; needed after `kill` and an outage, not after `restart`. */
  waitReady(timeoutMs?: number): Promise<void>;
};

export type StackProcessOptions = {
  name: string;
  service: 'ingestor' | 'scorer' | 'dispatcher' | 'gateway';
  /** All that the service needs besides OPS_PORT and PORT. */
  env: NodeJS.ProcessEnv;
  /** Port of its public API, for a service that has one. */
  port?: number | undefined;
  dataDir: string;
  nodeArgs: readonly string[];
  stopTimeoutMs: number;
  onLine: ((name: string, line: string) => void) | undefined;
};

/** Starts one service of ours from its `main.ts`, told everything by environment variables, and waits until it is ready. */
export async function startStackProcess(options: StackProcessOptions): Promise<StackProcess> {
  const { name, port, onLine } = options;
  const opsPort = await freePort();
  const opsUrl = `http://127.0.0.1:${opsPort}`;
  const logFile = join(options.dataDir, 'logs', `${name}.log`);
  const probe = async (): Promise<void> => {
    const answer = await fetch(`${opsUrl}/ready`, { signal: AbortSignal.timeout(5000) });
    if (!answer.ok) throw new Error(`${name} is not ready: ${await answer.text()}`);
    await answer.body?.cancel();
  };
  const child = await startOwnedProcess({
    name,
    command: process.execPath,
    args: [...options.nodeArgs, join(repository, 'services', options.service, 'src/main.ts')],
    env: { ...options.env, OPS_PORT: String(opsPort), ...(port === undefined ? {} : { PORT: String(port) }) },
    cwd: options.dataDir,
    logFile,
    onLine: onLine === undefined ? undefined : (line) => onLine(name, line),
    stopSignal: 'SIGTERM',
    stopTimeoutMs: options.stopTimeoutMs,
    startTimeoutMs: 60_000,
    probe,
  });
  const url = port === undefined ? undefined : `http://127.0.0.1:${port}`;
  const waitReady = async (timeoutMs = 30_000): Promise<void> => {
    await waitUntil(async () => probe().then(() => true), { timeoutMs, what: `readiness of ${name}`, intervalMs: 50 });
  };
  // Prototype over copy: `pid` changes with a restart.
  return Object.assign(Object.create(child) as OwnedProcess, { name, opsUrl, url, logFile, waitReady });
}
