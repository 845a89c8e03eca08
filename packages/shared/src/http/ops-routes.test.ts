import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { createLogger } from '../logging/logger.ts';
import { testLogger } from '../testing/test-logger.ts';
import { createHttpServer } from './http-server.ts';
import { healthRoutes, publicHealthRoutes } from './ops-routes.ts';
import { Readiness } from './readiness.ts';

it('has the log say which check fails, on whichever port it is asked for', async () => {
  const written = new PassThrough();
  const app = createHttpServer({ log: createLogger('test', 'info', written) });
  const readiness = new Readiness();
  readiness.require('postgres', () => Promise.reject(new Error('refused')));
  readiness.requireAlive('consumer', () => Promise.reject(new Error('no job is done')));
  healthRoutes(app, readiness);
  for (let looks = 0; looks < 2; looks += 1)
    for (const url of ['/ready', '/health']) expect(await app.inject(url)).toMatchObject({ statusCode: 503 });
  await app.close();
  const log = String(written.read());
  expect(log).toContain('"check":"postgres","reason":"refused","msg":"a check fails: not ready"');
  expect(log).toContain('"check":"consumer","reason":"no job is done","msg":"a check fails: stuck"');
});

it('tells strangers which check fails, and not why', async () => {
  const app = createHttpServer({ log: testLogger() });
  const readiness = new Readiness();
  readiness.require('redis', () => undefined);
  readiness.require('postgres', () => Promise.reject(new Error('password authentication failed for user "vigil"')));
  readiness.requireAlive('consumer', () => Promise.reject(new Error('no job of 10.0.0.7 was done')));
  publicHealthRoutes(app, readiness);
  const [ready, health] = [await app.inject('/ready'), await app.inject('/health')];
  await app.close();
  const withheld = 'the service log says why, from the second such look on';
  expect([ready.statusCode, ready.json()]).toEqual([
    503,
    {
      status: 'not ready',
      checks: [
        { name: 'redis', ok: true },
        { name: 'postgres', ok: false, reason: withheld },
      ],
    },
  ]);
  expect([health.statusCode, health.json()]).toEqual([
    503,
    { status: 'stuck', checks: [{ name: 'consumer', ok: false, reason: withheld }] },
  ]);
});
