import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '@vigil/dev-services/free-port';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { expect, it } from 'vitest';
import { runVigil, startVigil } from '../testing/run-vigil.ts';

interface Serving {
  vigil: ReturnType<typeof startVigil>;
  ended: Promise<unknown[]>;
}

/**
 * Runs `vigil serve` while a test looks at it.
 * @param folder of its log and its data, which goes with it
 */
async function whileServing(
  folder: string,
  env: NodeJS.ProcessEnv,
  look: (serving: Serving) => Promise<void>,
): Promise<void> {
  const vigil = startVigil(['serve', join(folder, 'access.log')], env);
  const ended = once(vigil, 'exit');
  try {
    await look({ vigil, ended });
  } finally {
    vigil.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

it.each(['SIGTERM', 'SIGHUP'] as const)(
  'watches on where nobody reads what it prints, and stops in order on %s',
  async (signal) => {
    const folder = mkdtempSync(join(tmpdir(), 'vigil-serve-'));
    const dataDir = join(folder, 'data');
    const port = await freePort();
    const env = { VIGIL_DATA_DIR: dataDir, HOST: '127.0.0.1', PORT: String(port) };
    await whileServing(folder, env, async ({ vigil, ended }) => {
      vigil.stdout.destroy();
      await Promise.race([
        ended.then(() => Promise.reject(new Error('it ended'))),
        waitUntil(async () => (await fetch(`http://127.0.0.1:${port}/ready`)).ok, { timeoutMs: 60_000, what: 'Vigil' }),
      ]);
      expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
      vigil.kill(signal);
      // A terminal that is closed is told of by the kernel and by the shell.
      if (signal === 'SIGHUP') vigil.kill(signal);
      expect(await ended).toEqual([0, null]);
      expect(existsSync(join(dataDir, 'database-url'))).toBe(false);
    });
  },
);

it('keeps settings for other PostgreSQL servers from its own', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-serve-'));
  const env = {
    VIGIL_DATA_DIR: join(folder, 'data'),
    DATABASE_URL: undefined,
    PORT: '0',
    PGHOST: '192.0.2.1',
    PGPORT: '1',
    PGUSER: 'somebody',
    PGSSLMODE: 'require',
    PGOPTIONS: '-c search_path=elsewhere',
  };
  await whileServing(folder, env, async ({ vigil, ended }) => {
    for await (const line of createInterface({ input: vigil.stdout })) if (line.includes('Vigil is watching')) break;
    expect(await runVigil(['keys', 'list'], { env })).toMatchObject({ code: 0 });
    vigil.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });
});

it('keeps the key to itself where nobody reads what it prints, and says how to get it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-serve-'));
  const dataDir = join(folder, "it's here");
  await whileServing(folder, { VIGIL_DATA_DIR: dataDir, PORT: '0' }, async ({ vigil, ended }) => {
    let said = '';
    vigil.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    await waitUntil(() => said.includes('Ctrl-C stops it'), { timeoutMs: 60_000, what: 'the banner' });
    const key = readFileSync(join(dataDir, 'api-key'), 'utf8').trim();
    expect(said).not.toContain(key);
    const console = /console +(echo .*)/.exec(said)?.[1];
    expect(execFileSync('sh', ['-c', console!], { encoding: 'utf8' })).toMatch(new RegExp(`^http://.*/#key=${key}\n$`));
    const settings = /(export VIGIL_URL=.*)/.exec(said)?.[1];
    expect(execFileSync('sh', ['-c', `${settings}; echo $VIGIL_API_KEY`], { encoding: 'utf8' })).toBe(`${key}\n`);
    vigil.kill('SIGTERM');
    await ended;
  });
});

it('ends where its database cannot be started, and says why', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'vigil-serve-'));
  const cluster = join(dataDir, 'postgres', 'cluster');
  try {
    mkdirSync(cluster, { recursive: true });
    writeFileSync(join(dataDir, 'postgres', 'password'), 'secret\n');
    writeFileSync(join(cluster, 'PG_VERSION'), '12\n');
    const { code, stderr } = await runVigil(['serve'], { env: { VIGIL_DATA_DIR: dataDir, PORT: '0' } });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('is of PostgreSQL 12') });
  } finally {
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 10 });
  }
});

it('asks about a variable that nothing reads but that resembles a setting', async () => {
  const env = { RETENTION_DAY: '7', LOG_LEVEL: 'info', PORT: '0' };
  const { code, stdout } = await runVigil(['serve', '--data-dir', import.meta.filename], { env });
  const asked = stdout.split('\n').filter((line) => line.includes('misspelt?'));
  expect(asked.map((line) => JSON.parse(line) as unknown)).toEqual([
    expect.objectContaining({ level: 'warn', variable: 'RETENTION_DAY', meant: 'RETENTION_DAYS' }),
  ]);
  expect(code).toBe(2);
});
