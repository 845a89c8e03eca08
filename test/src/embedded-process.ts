import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const CLI = resolve(import.meta.dirname, '../../packages/cli/src/main.ts');

/** `vigil serve` as a user starts it: a process of its own, known by what it prints. */
export class EmbeddedProcess {
  readonly dataDir: string;
  readonly #paths: readonly string[];
  readonly #env: NodeJS.ProcessEnv;
  #child: ChildProcess | undefined;
  output = '';
  url = '';

  constructor(dataDir: string, paths: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.dataDir = dataDir;
    this.#paths = paths;
    this.#env = env;
  }

  get apiKey(): string {
    return readFileSync(join(this.dataDir, 'api-key'), 'utf8').trim();
  }

  get databaseUrl(): string {
    return readFileSync(join(this.dataDir, 'database-url'), 'utf8').trim();
  }

  /** Resolves when the address was printed. Rejects, with the output, where the process ends before. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [CLI, 'serve', ...this.#paths], {
      env: { ...process.env, ...this.#env, VIGIL_DATA_DIR: this.dataDir, PORT: '0', HOST: '127.0.0.1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.output = '';
    await new Promise<void>((resolveStart, reject) => {
      const hear = (data: Buffer) => {
        this.output += data.toString();
        // With its end: the output may come in parts.
        const address = /^ *address +(\S+)\n/m.exec(this.output)?.[1];
        if (address === undefined) return;
        this.url = address;
        resolveStart();
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      child.once('close', (code) => reject(new Error(`ended with ${code}:\n${this.output}`)));
    });
  }

  /** Sends the signal; resolves to the exit code, null where a signal ended it. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const ended = this.ended();
    this.#child?.kill(signal);
    return ended;
  }

  /** Resolves, when it has ended, to the exit code, null where a signal ended it. */
  async ended(): Promise<number | null> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    // After its last words.
    return new Promise((resolveEnd) => child.once('close', resolveEnd));
  }
}
