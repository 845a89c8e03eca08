import { expect, it } from 'vitest';
import { UNREADABLE_LINES_MIN, UnreadableSources } from './unreadable-sources.ts';

it('tells of a source without requests once, however its lines are batched', () => {
  const sources = new UnreadableSources();
  const told = Array.from({ length: 2 * UNREADABLE_LINES_MIN }, () => sources.showsNow('syslog', 0, 1));
  expect(told.flatMap((isTold, batch) => (isTold ? [batch + 1] : []))).toEqual([UNREADABLE_LINES_MIN]);
  expect(sources.showsNow('another', 0, 1000)).toBe(true);
  expect(sources.showsNow('another', 0, 1000)).toBe(false);
});

it('leaves sources alone that are understood now and then', () => {
  const sources = new UnreadableSources();
  const batches = [15, 14, 15, 0, 19].map((unparsable) => sources.showsNow('site', 19 - unparsable, unparsable));
  expect(batches).not.toContain(true);
});

it('tells of a source once however many others there are', () => {
  const sources = new UnreadableSources();
  let told = 0;
  for (let round = 0; round < 3; round += 1)
    for (let source = 0; source <= 1_000; source += 1)
      if (sources.showsNow(`source ${source}`, source === 0 ? 0 : 100, source === 0 ? 100 : 0)) told += 1;
  expect(told).toBe(1);
});

it('takes blank lines, as between the entries of many a wrong file, for no requests', () => {
  const sources = new UnreadableSources();
  expect(sources.showsNow('application.log', 0, 0)).toBe(false);
  expect(sources.showsNow('application.log', 0, UNREADABLE_LINES_MIN - 1)).toBe(false);
  expect(sources.showsNow('application.log', 0, 0)).toBe(false);
  expect(sources.showsNow('application.log', 0, 1)).toBe(true);
});
