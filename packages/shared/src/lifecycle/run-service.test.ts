import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';

interface Ended {
  code: number | null;
  /** What it logged, and what it wrote for whoever started it. */
  log: string;
  errors: string;
}

/**
 * Runs a service as a process of its own until it ends.
 * @param start body of its start, with `log` and `lifecycle`; it runs until something stops it
 * @param onReady called once it has logged `ready`
 */
async function run(start: string, onReady: (child: ChildProcess) => void = () => undefined): Promise<Ended> {
  const service = `
    import { ConfigError } from '${import.meta.dirname}/../config/load-config.ts';
    import { runService } from '${import.meta.dirname}/run-service.ts';
    setInterval(() => undefined, 1_000).unref();
    const config = () => ({ LOG_LEVEL: 'info', SHUTDOWN_TIMEOUT_MS: 60_000 });
    ${start}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', service], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let [log, errors, isReady] = ['', '', false];
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    log += text;
    if (isReady || !log.includes('"msg":"ready"')) return;
    isReady = true;
    onReady(child);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, log, errors };
}

it('is no failure to start that it was told to stop first', async () => {
  const { code, log } = await run(
    `await runService('waiting', config, (_config, { lifecycle, log }) => {
       log.info('ready');
       setInterval(() => undefined, 1_000);
       return new Promise((_resolve, reject) => {
         lifecycle.signal.addEventListener('abort', () => reject(new Error('not there')));
       });
     });`,
    (child) => child.kill('SIGTERM'),
  );
  expect(code).toBe(0);
  expect(log).not.toContain('could not start');
});

it('logs what a library says on the console', async () => {
  const { log, errors } = await run(
    `await runService('chatty', config, async (_config, { log }) => {
       console.warn('policy %s', 'allkeys-lru');
       console.error(new Error('broken'));
       log.info('ready');
       setInterval(() => undefined, 1_000);
     });`,
    (child) => child.kill('SIGTERM'),
  );
  const records = log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { level: string; msg: string });
  expect(records).toContainEqual(expect.objectContaining({ level: 'warn', msg: 'policy allkeys-lru' }));
  const broken = expect.stringMatching(/^Error: broken\n/) as string;
  expect(records).toContainEqual(expect.objectContaining({ level: 'error', msg: broken }));
  expect(errors).toBe('');
});

it('does not start where its configuration is wrong, and says why', async () => {
  const refused = await run(
    `await runService('misled', () => { throw new ConfigError(['PORT: not a number']); }, async (_config, { log }) => log.info('ready'));`,
  );
  expect(refused).toMatchObject({ code: 2, log: '' });
  expect(refused.errors).toMatch(/^vigil misled: [^]*PORT: not a number/);
});

it.each([
  ['throws', `throw new Error('bug');`],
  ['leaves a rejection to nobody', `void Promise.reject(new Error('bug'));`],
])('ends in order and is to be started anew where it %s', async (_what, mistake) => {
  const { code, log } = await run(
    `await runService('mistaken', config, async (_config, { lifecycle, log }) => {
       lifecycle.onStop('connections', 'all', () => log.info('let go'));
       setTimeout(() => { ${mistake} }, 1);
       setInterval(() => undefined, 1_000);
     });`,
  );
  expect(code).toBe(1);
  expect(log).toMatch(/"message":"bug"[^]*"msg":"let go"/);
});

it.each(['SIGTERM', 'SIGINT'] as const)(
  'ends at once on a second %s, however long the first takes it',
  async (signal) => {
    const { code, log } = await run(
      `await runService('hanging', config, async (_config, { lifecycle, log }) => {
       lifecycle.onStop('intake', 'hangs', () => { log.info('stopping it'); return new Promise(() => undefined); });
       setInterval(() => undefined, 1_000);
       log.info('ready');
     });`,
      (child) => {
        child.kill(signal);
        child.stdout!.on('data', (text: string) => {
          if (text.includes('"msg":"stopping it"')) child.kill(signal);
        });
      },
    );
    expect(code).toBe(130);
    expect(log).not.toContain('"msg":"stopped"');
  },
);

it('does not end as if all were well where something could not be let go of', async () => {
  const { code, log } = await run(
    `await runService('clinging', config, async (_config, { lifecycle, log }) => {
       lifecycle.onStop('flush', 'checkpoint', () => { throw new Error('the disk is full'); });
       setInterval(() => undefined, 1_000);
       log.info('ready');
     });`,
    (child) => child.kill('SIGTERM'),
  );
  expect(code).toBe(1);
  expect(log).toContain('the disk is full');
});
