import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { createLogger } from '../logging/logger.ts';
import { createHttpServer } from './http-server.ts';
import { healthRoutes } from './ops-routes.ts';
import { Readiness } from './readiness.ts';

it('has the log say which check fails, on whichever port it is asked for', async () => {
  const written = new PassThrough();
  const app = createHttpServer({ log: createLogger('test', 'info', written) });
  const readiness = new Readiness();
  readiness.require('postgres', () => Promise.reject(new Error('refused')));
  healthRoutes(app, readiness);
  for (let looks = 0; looks < 2; looks += 1) expect(await app.inject('/ready')).toMatchObject({ statusCode: 503 });
  await app.close();
  expect(String(written.read())).toContain('"check":"postgres","reason":"refused","msg":"a check fails: not ready"');
});
