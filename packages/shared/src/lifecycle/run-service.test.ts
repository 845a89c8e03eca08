import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';

/** A service that waits for something until it is stopped, and cannot start then. */
const WAITING = `
  import { runService } from '${import.meta.dirname}/run-service.ts';
  await runService('waiting', () => ({ LOG_LEVEL: 'info', SHUTDOWN_TIMEOUT_MS: 5_000 }), (_config, { lifecycle, log }) => {
    setInterval(() => undefined, 1_000);
    log.info('waiting');
    return new Promise((_resolve, reject) => {
      lifecycle.signal.addEventListener('abort', () => reject(new Error('not there')));
    });
  });`;

it('is no failure to start that it was told to stop first', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', WAITING], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let log = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    log += text;
    if (log.includes('"msg":"waiting"')) child.kill('SIGTERM');
  });
  const [code] = (await once(child, 'close')) as [number | null];
  expect(code).toBe(0);
  expect(log).not.toContain('could not start');
});
