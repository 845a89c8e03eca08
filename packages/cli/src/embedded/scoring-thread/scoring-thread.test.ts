import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { testServices } from '@vigil/dev-services/test-services';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { lineBatchOf, logLine } from '@vigil/scorer/testing/line-batch';
import type { ScoredBatch } from '@vigil/shared/contracts';
import { Readiness } from '@vigil/shared/http/readiness';
import { Lifecycle } from '@vigil/shared/lifecycle/lifecycle';
import { createPostgresQueueBackend } from '@vigil/shared/queue/postgres-queue-backend';
import { testLogger } from '@vigil/shared/testing/test-logger';
import { afterEach, expect, it } from 'vitest';
import { ProcessRegistry } from './process-registry.ts';
import { ScoringThread } from './scoring-thread.ts';

const quiet = testLogger();
const folder = mkdtempSync(join(tmpdir(), 'vigil-thread-'));
let lifecycle = new Lifecycle(quiet, 5_000);
afterEach(async () => {
  await lifecycle.stop('end of the test');
  lifecycle = new Lifecycle(quiet, 5_000);
  rmSync(folder, { recursive: true, force: true });
});

interface Settings {
  rulesDir?: string;
  workerUrl?: URL;
  shutdownTimeoutMs?: number;
}

async function start({ rulesDir, workerUrl, shutdownTimeoutMs = 5_000 }: Settings = {}) {
  const { postgresUrl } = await testServices(['postgres']);
  const readiness = new Readiness();
  const logged: string[] = [];
  const thread = new ScoringThread({
    data: { rulesDir, timeZone: undefined, logLevel: 'info', shutdownTimeoutMs },
    writeLog: (line) => logged.push(line),
    ...(workerUrl && { workerUrl }),
  });
  await thread.start(postgresUrl, { readiness, lifecycle });
  return { thread, readiness, logged, postgresUrl };
}

it('scores what the queue holds, tells its metrics and rules, and stops in order', async () => {
  const { thread, readiness, logged, postgresUrl } = await start();
  const queue = createPostgresQueueBackend(postgresUrl);
  const scored: ScoredBatch[] = [];
  queue.consumer('scored', async ({ data }) => void scored.push(data as ScoredBatch), {
    concurrency: 1,
    onError: () => undefined,
  });
  const batch = lineBatchOf([logLine('/'), logLine('/item?id=1%27%20union%20select%20password%20from%20users--')]);
  await queue.producer('lines').addAll([{ id: batch.id, data: batch }]);
  await waitUntil(() => scored.length > 0, { timeoutMs: 20_000, what: 'the scored batch' });
  expect(scored[0]?.scored).toMatchObject({ LOW: 1, HIGH: 1 });

  const registry = new ProcessRegistry(() => thread.metrics());
  const metrics = await registry.metrics();
  expect(metrics).toContain('vigil_lines_scored_total{severity="HIGH"} 1');
  expect(metrics).toContain('process_start_time_seconds');
  const { version, rulebook } = await thread.rules();
  expect(version).toBe(scored[0]?.rulesVersion);
  expect(rulebook.packs.map(({ id }) => id)).toContain('sql');
  // On a machine where all tests run at once a check may take longer than it is given.
  await expect.poll(() => readiness.ready()).toMatchObject({ ok: true, checks: [{ name: 'scorer', ok: true }] });
  await expect.poll(async () => (await readiness.alive()).ok).toBe(true);

  await queue.close();
  expect(await lifecycle.stop('enough')).toBe(true);
  expect(logged.map((line) => (JSON.parse(line) as { msg: string }).msg)).toContain('stopped');
  await expect(thread.metrics()).rejects.toThrow('has ended');
  expect(await registry.metrics()).not.toContain('vigil_lines_scored_total');
});

it('does not start on rules that are not valid, and says which', async () => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'bad.yaml'), 'pack: 7\n');
  await expect(start({ rulesDir: folder })).rejects.toMatchObject({
    name: 'RulesError',
    message: expect.stringContaining('bad.yaml'),
  });
});

it('is neither ready nor alive while the thread answers nothing', async () => {
  const workerUrl = new URL('testing/hanging-worker.ts', import.meta.url);
  const { readiness } = await start({ workerUrl, shutdownTimeoutMs: 200 });
  expect(await readiness.alive()).toMatchObject({
    ok: false,
    checks: [{ name: 'scorer', reason: expect.stringContaining('busy') }],
  });
  expect((await readiness.ready()).ok).toBe(false);
  // It must not keep the process from ending either.
  expect(await lifecycle.stop('enough')).toBe(false);
});

it('ends the process where the thread ends by itself', async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'testing/crashing-process.ts')]);
  const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  expect(said).toContain('out of its depth');
  expect(code).toBe(1);
});
