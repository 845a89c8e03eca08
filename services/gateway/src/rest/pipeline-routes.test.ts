import { RequestLimit } from '@vigil/shared/auth/request-limit';
import { createHttpServer } from '@vigil/shared/http/http-server';
import type { Database } from '@vigil/shared/storage/database';
import { testLogger } from '@vigil/shared/testing/test-logger';
import { expect, it } from 'vitest';
import { Api } from './api.ts';
import { modelsRoutes } from './models-routes.ts';
import type { PipelineProviders } from './pipeline-status.ts';
import { rosterStatus } from './roster-status.ts';
import { rulesRoutes } from './rules-routes.ts';

/** What is answered of a pipeline that says this of itself. */
async function ask(path: string, providers: PipelineProviders): Promise<{ status: number; body: unknown }> {
  const api = new Api();
  const log = testLogger();
  const database = { query: async () => [] } as Pick<Database, 'query'> as Database;
  modelsRoutes(api, database, providers, log);
  rulesRoutes(api, providers, log);
  const app = createHttpServer({ log });
  const verifyKey = async () => ({ name: 'reader', scopes: ['read'] as const });
  api.mount(app, new RequestLimit({ perMinuteMax: 1_000, verifyKey }));
  const response = await app.inject({ url: path, headers: { 'x-api-key': 'any' } });
  await app.close();
  return { status: response.statusCode, body: response.json() };
}

const away = () => Promise.reject(new Error('Redis is away'));
const scorer = (id: string, atMs: number) => ({ id, rulesVersion: `rules of ${id}`, linesPerSecond: 7, atMs });

it('tells what it knows of the pipeline where a part of it cannot be asked', async () => {
  const queues = { lines: { waiting: 1, active: 2, delayed: 3, failed: 4, oldest_age_seconds: 5 } };
  const providers = { rules: away, scorers: away, queues: async () => queues };
  expect(await ask('/models/status', providers)).toEqual({
    status: 200,
    body: { rules: { version: null, packs: [], suppressions: null }, versions_seen: [], scorers: null, queues },
  });
});

it('shows the rules of this release where those in use cannot be asked for', async () => {
  const { status, body } = await ask('/rules', { rulebook: away });
  expect(status).toBe(200);
  expect(body).toMatchObject({ suppressions: null });
  expect((body as { packs: unknown[] }).packs.length).toBeGreaterThan(0);
});

it('names the rules of the scorer that reported last, and of none where nobody has told the rules', async () => {
  const alive = async () => [scorer('older', 1_000), scorer('latest', 3_000), scorer('old', 2_000)];
  const told = rosterStatus({
    alive,
    rules: async () => ({ packs: [], suppressions: [] }),
    close: async () => {},
  } as never);
  expect(await told.rules()).toEqual({ version: 'rules of latest', packs: [], suppressions: 0 });
  expect((await told.scorers())[1]).toEqual({
    id: 'latest',
    rules_version: 'rules of latest',
    last_seen: '1970-01-01T00:00:03.000Z',
    lines_per_second: 7,
  });
  const untold = rosterStatus({ alive, rules: async () => undefined, close: async () => {} } as never);
  expect(await untold.rules()).toBeUndefined();
});
