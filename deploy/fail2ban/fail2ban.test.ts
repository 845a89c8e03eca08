import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
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

  /**
   * Runs it until the log ends with a line; killed with all that it started, as a crash of the machine would.
   * @param limit shell text before it
   */
  async function runUntil(end: string, limit = '', meanwhile?: () => Promise<void>): Promise<void> {
    const program = ['-c', `${limit} exec "$0" "$@"`, path.join(HERE, 'vigil-alerts')];
    const child = spawn('sh', [...program, gateway.url, path.join(folder, 'header'), log], {
      detached: true,
      stdio: 'ignore',
    });
    const gone = once(child, 'exit');
    const kill = (): boolean => process.kill(-child.pid!, 'SIGKILL');
    onTestFinished(() => void (child.exitCode === null && child.signalCode === null && kill()));
    await meanwhile?.();
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

  test('waits where the disk is full, and loses and repeats nothing', async () => {
    const seqs = (file = log) => lines(file).flatMap((line) => /^\S+ HIGH \S+ seq=(\d+)$/.exec(line)?.[1] ?? []);
    const after = Number(seqs().at(-1));
    await storeEvents(
      database,
      Array.from({ length: 20 }, (_, i) => ({ sourceIp: `203.0.113.${100 + i}` })),
    );
    // A file of 512 bytes at most stands for the disk: what goes beyond it fails in the same way, in the middle of a line.
    await runUntil(`seq=${after + 20}`, "trap '' XFSZ; ulimit -f 1;", async () => {
      for (let full = 1; full < 3; full += 1) {
        await waitUntil(() => statSync(log).size === 512, { timeoutMs: 15_000, what: 'a full log' });
        renameSync(log, `${log}.full${full}`);
      }
    });
    const all = [...seqs(`${log}.full1`), ...seqs(`${log}.full2`), ...seqs()].map(Number);
    expect(all).toEqual(Array.from({ length: 21 }, (_, i) => after + i));
  });

  test('goes on behind the last whole line where one was cut short', async () => {
    const last = Number(/seq=(\d+)$/.exec(lines().at(-1)!)![1]);
    appendFileSync(log, `2026-03-02T10:00:00.000Z HIGH 203.0.113.1 seq=${String(last).slice(0, 1)}`);
    await storeEvents(database, [{ sourceIp: '203.0.113.13' }]);
    await runUntil(`seq=${last + 1}`);
    expect(lines().at(-1)).toBe(`2026-03-02T10:00:00.000Z HIGH 203.0.113.13 seq=${last + 1}`);
    expect(lines().filter((line) => line.endsWith(`seq=${last}`))).toHaveLength(1);
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
