import type { ScoredBatch, ScoredRequest } from '@vigil/shared/contracts';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { GroupCommit } from './group-commit.ts';
import { batch, detection } from '../testing/scored-batch.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A batch whose lines were read so long ago. */
function batchOf(ageMs: number, events: ScoredRequest[] = []): ScoredBatch {
  return { ...batch('s', events), readAtMs: Date.now() - ageMs };
}

/** Adds a batch of the given age at an interval; returns how many batches each transaction stored. */
async function groupsOf(
  count: number,
  ageMs: number,
  {
    everyMs = 10,
    batchesMax = 1_000,
    events = [],
  }: { everyMs?: number; batchesMax?: number; events?: ScoredRequest[] } = {},
): Promise<number[]> {
  const groups: number[] = [];
  const commit = new GroupCommit({
    store: async (batches) => void groups.push(batches.length),
    batchesMax: () => batchesMax,
  });
  const added: Promise<void>[] = [];
  for (let index = 0; index < count; index += 1) {
    added.push(commit.add(batchOf(ageMs, events)));
    await vi.advanceTimersByTimeAsync(everyMs);
  }
  await vi.advanceTimersByTimeAsync(1_000);
  await Promise.all(added);
  return groups;
}

it('stores the first batch at once and shares a transaction among those of each 14 ms', async () => {
  expect(await groupsOf(9, 0, { everyMs: 7 })).toEqual([1, 1, 2, 2, 2, 1]);
});

it('gathers longer while the pipeline is behind, up to a bound', async () => {
  expect(await groupsOf(40, 800)).toEqual([1, 19, 20]);
  expect(await groupsOf(100, 3_600_000)).toEqual([1, 49, 50]);
});

it('gathers as long as the oldest of those that wait may', async () => {
  const groups: number[] = [];
  const first = Promise.withResolvers<void>();
  const commit = new GroupCommit({
    store: async (batches) => {
      groups.push(batches.length);
      await first.promise;
    },
    batchesMax: () => 1_000,
  });
  const added = [commit.add(batchOf(0))];
  await vi.advanceTimersByTimeAsync(20);
  for (const ageMs of [0, 3_600_000, 0]) added.push(commit.add(batchOf(ageMs)));
  first.resolve();
  for (let index = 0; index < 20; index += 1) {
    await vi.advanceTimersByTimeAsync(10);
    added.push(commit.add(batchOf(0)));
  }
  await vi.advanceTimersByTimeAsync(1_000);
  await Promise.all(added);
  expect(groups).toEqual([1, 23]);
});

it('does not let the last of a backlog wait for others', async () => {
  const commit = new GroupCommit({ store: () => Promise.resolve(), batchesMax: () => 10 });
  await commit.add(batchOf(3_600_000));
  const last = vi.fn();
  void commit.add(batchOf(3_600_000)).then(last);
  await vi.advanceTimersByTimeAsync(99);
  expect(last).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(2);
  expect(last).toHaveBeenCalledOnce();
});

it('waits for no more than can come', async () => {
  expect(await groupsOf(9, 3_600_000, { batchesMax: 4 })).toEqual([1, 4, 4]);
});

it('waits for no more where there are events enough', async () => {
  const events = Array.from({ length: 250 }, (_, position) => detection('s', position));
  expect(await groupsOf(6, 3_600_000, { events })).toEqual([1, 2, 2, 1]);
});

it('fails those of one group together and goes on with the next', async () => {
  let fails = true;
  const commit = new GroupCommit({
    store: async () => {
      if (fails) throw new Error('the disk is full');
    },
    batchesMax: () => 10,
  });
  const failed = { status: 'rejected', reason: new Error('the disk is full') };
  expect(await Promise.allSettled([commit.add(batchOf(0)), commit.add(batchOf(0))])).toEqual([failed, failed]);
  fails = false;
  const again = commit.add(batchOf(0));
  await vi.advanceTimersByTimeAsync(50);
  await expect(again).resolves.toBeUndefined();
});

it('stores no more events in one transaction than it may, except of one batch', async () => {
  const events = (count: number) => Array.from({ length: count }, (_, position) => detection('s', position));
  const groups: number[][] = [];
  const commit = new GroupCommit({
    store: async (batches) => void groups.push(batches.map(({ detections }) => detections.length)),
    batchesMax: () => 10,
  });
  const added = [3_000, 2_000, 1, 6_000].map((count) => commit.add(batchOf(0, events(count))));
  await vi.advanceTimersByTimeAsync(1_000);
  await Promise.all(added);
  expect(groups).toEqual([[3_000, 2_000], [1], [6_000]]);
});
