import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { testServices } from '@vigil/dev-services/test-services';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { startTestGateway, STREAM_KEY, type TestGateway } from '@vigil/gateway/testing/start-test-gateway';
import { createEventPartition, storeEvents } from '@vigil/gateway/testing/store-events';
import { createMemoryAlertBus } from '@vigil/shared/bus/memory-alert-bus';
import type { Database } from '@vigil/shared/storage/database';
import { openTestDatabase } from '@vigil/shared/testing/open-test-database';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

const HERE = import.meta.dirname;
const isThere = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;

describe.skipIf(!['curl', 'jq'].every(isThere))('vigil-alerts (skipped where curl or jq is missing)', () => {
  let database: Database;
  let gateway: TestGateway;
  let folder: string;
  let log: string;

  beforeAll(async () => {
    await testServices(['postgres']);
    database = await openTestDatabase();
    await createEventPartition(database);
    gateway = await startTestGateway(database, createMemoryAlertBus());
    folder = mkdtempSync(path.join(tmpdir(), 'vigil-fail2ban-'));
    log = path.join(folder, 'alerts.log');
    writeFileSync(path.join(folder, 'header'), `X-API-Key: ${STREAM_KEY}\n`);
  });
  afterAll(async () => {
    await gateway.stop();
    await database.close();
    rmSync(folder, { recursive: true });
  });

  const lines = (file = log): string[] => readFileSync(file, 'utf8').split('\n').slice(0, -1);

  /** Runs it until the log ends with a line; killed with all that it started, as a crash of the machine would. */
  async function runUntil(end: string): Promise<void> {
    const child = spawn(path.join(HERE, 'vigil-alerts'), [gateway.url, path.join(folder, 'header'), log], {
      detached: true,
      stdio: 'ignore',
    });
    const gone = once(child, 'exit');
    const kill = (): boolean => process.kill(-child.pid!, 'SIGKILL');
    onTestFinished(() => void (child.exitCode === null && child.signalCode === null && kill()));
    await waitUntil(() => lines().at(-1)?.endsWith(end) === true, { timeoutMs: 15_000, what: end });
    kill();
    await gone;
  }

  test('writes each HIGH alert of an address once, over kills and a rotation, and nothing that is no address', async () => {
    writeFileSync(log, '2026-03-02T09:00:00.000Z HIGH 192.0.2.1 seq=0\n');
    await storeEvents(database, [
      { sourceIp: '203.0.113.9' },
      { sourceIp: '203.0.113.10', severity: 'MEDIUM' },
      { sourceIp: 'x\n2026-03-02T10:00:00.000Z HIGH 198.51.100.1 seq=9', sourceAddr: null },
      { sourceIp: 'host.example', sourceAddr: null },
      { sourceIp: '2001:db8::7' },
    ]);
    await runUntil('seq=5');
    expect(lines().slice(1)).toEqual([
      '2026-03-02T10:00:00.000Z HIGH 203.0.113.9 seq=1',
      '2026-03-02T10:00:00.000Z HIGH 2001:db8::7 seq=5',
    ]);

    await storeEvents(database, [{ sourceIp: '203.0.113.11' }]);
    await runUntil('seq=6');
    expect(lines()).toHaveLength(4);

    renameSync(log, `${log}.1`);
    writeFileSync(log, '');
    await storeEvents(database, [{ sourceIp: '203.0.113.12' }]);
    await runUntil('seq=7');
    expect(lines()).toEqual(['2026-03-02T10:00:00.000Z HIGH 203.0.113.12 seq=7']);
  });
});

test.skipIf(!isThere('fail2ban-regex'))('fail2ban finds address and time (skipped where it is missing)', () => {
  const filter = path.join(HERE, 'filter.d/vigil.conf');
  const line = (address: string) => `2026-03-02T10:00:00.000Z HIGH ${address} seq=4711`;
  // As an address and the time in seconds; nothing where the line does not match.
  const found = (text: string) =>
    spawnSync('fail2ban-regex', ['--out', '<ip> <time>', text, filter], {
      encoding: 'utf8',
      env: { ...process.env, TZ: 'Asia/Kathmandu' },
    }).stdout.trim();
  const seconds = Date.parse('2026-03-02T10:00:00.000Z') / 1000;
  expect(found(line('203.0.113.9'))).toBe(`203.0.113.9 ${seconds}`);
  expect(found(line('2001:db8::7'))).toBe(`2001:db8::7 ${seconds}`);
  expect(found(line('host.example'))).toBe('');
});
