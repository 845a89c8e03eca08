import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateTraffic } from '@vigil/traffic/generate-traffic';
import { startStack } from '@vigil/dev-services/stack';
import { afterEach, expect, it } from 'vitest';
import { until } from '../until.ts';
import { Observer } from './observer.ts';
import { scoreDifferences, type StoredEvent } from './score-differences.ts';
import { scanTruth } from './truth.ts';

const LINES = 8_000;
const BATCH_LINES = 200;
/** Of all events that either of them finds. What lies near a threshold depends on the order in which scorers meet the lines. */
const DIFFERENCE_SHARE_MAX = 0.1;

const releases: (() => unknown)[] = [];
afterEach(async () => {
  for (const release of releases.splice(0).toReversed()) await release();
});

it(
  'scores what rests on windows nearly alike, however many scorers share the lines, also when one is killed',
  { timeout: 240_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vigil-windows-'));
    releases.push(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
    const path = join(folder, 'access.log');
    const traffic = generateTraffic({
      mode: 'scanner',
      seed: 5,
      startMs: Date.now() - 3_600_000,
      rate: 100,
      count: LINES,
    });
    writeFileSync(path, [...traffic].map(({ line }) => `${line}\n`).join(''));
    const scanning = scanTruth([path], path);

    const stack = await startStack({
      scorers: 3,
      dataDir: join(folder, 'data'),
      logPaths: [path],
      env: { BATCH_LINES_MAX: String(BATCH_LINES) },
    });
    releases.push(() => stack.stop());
    await stack.scorers[1]!.kill('SIGKILL');
    const observer = new Observer(stack.databaseUrl);
    releases.push(() => observer.close());
    await until('all lines are accounted for', async () => (await observer.linesAccounted()) >= LINES, 120_000);

    const truth = await scanning;
    const events = await observer.rows<StoredEvent>(
      `select id, score, exists (select from json_array_elements(matches) m where m->>'field' = 'window') as "byWindow" from events`,
    );
    const { missing, surplus, rescored, unexcused } = scoreDifferences(truth.events, events);
    const union = truth.events.size + surplus.length;
    const share = (missing.length + surplus.length) / union;
    console.log(
      `${events.length} events, ${truth.events.size} in the scan: ${missing.length} missing, ${surplus.length} more ` +
        `(${(share * 100).toFixed(1)} %); ${rescored.length} with another score`,
    );
    for (const found of [events, [...truth.events.values()]]) {
      expect(found.filter((event) => event.byWindow).length).toBeGreaterThan(0);
      expect(found.filter((event) => !event.byWindow).length).toBeGreaterThan(0);
    }
    // What differs rests on windows; what the text alone shows is the same.
    expect(unexcused).toEqual([]);
    expect(share).toBeLessThan(DIFFERENCE_SHARE_MAX);
    expect(await observer.linesAccounted()).toBe(LINES);
  },
);
