import type { Alert } from '@vigil/shared/contracts';
import { describe, expect, it } from 'vitest';
import { EMPTY_FEED, LIVE_ALERTS_MAX, released, withArrivals, withHold } from './feed.ts';

const alert = (seq: number): Alert => ({ id: `id-${seq}`, seq }) as Alert;
const run = (from: number, to: number): Alert[] => Array.from({ length: to - from + 1 }, (_, i) => alert(from + i));
const seqs = (alerts: readonly Alert[]): number[] => alerts.map((a) => a.seq);

describe('the live feed', () => {
  it('shows the newest arrival first and none twice', () => {
    const state = withArrivals(withArrivals(EMPTY_FEED, run(1, 3)), run(2, 4));
    expect(seqs(state.alerts)).toEqual([4, 3, 2, 1]);
    expect(withArrivals(state, run(1, 2))).toBe(state);
    const paused = withArrivals(withHold(state, { paused: true }), run(5, 7));
    expect(seqs(withArrivals(paused, run(4, 8)).held)).toEqual([8, 7, 6, 5]);
  });

  it('holds arrivals while paused and shows all of them afterwards', () => {
    const paused = withArrivals(withHold(withArrivals(EMPTY_FEED, run(1, 2)), { paused: true }), run(3, 5));
    expect(seqs(paused.alerts)).toEqual([2, 1]);
    expect(seqs(paused.held)).toEqual([5, 4, 3]);
    expect(seqs(withHold(paused, { paused: false }).alerts)).toEqual([5, 4, 3, 2, 1]);
  });

  it('keeps holding while the reader is scrolled down although the pause has ended', () => {
    const both = withArrivals(withHold(EMPTY_FEED, { paused: true, scrolled: true }), run(1, 2));
    const scrolled = withHold(both, { paused: false });
    expect(seqs(withArrivals(scrolled, run(3, 4)).held)).toEqual([4, 3, 2, 1]);
    expect(seqs(released(both).alerts)).toEqual([2, 1]);
  });

  it('is bounded and says when it dropped something', () => {
    const state = withArrivals(withArrivals(EMPTY_FEED, run(1, 1500)), run(1501, 3000));
    expect(state.alerts).toHaveLength(LIVE_ALERTS_MAX);
    expect(state.alerts[0]?.seq).toBe(3000);
    expect(state.trimmed).toBe(true);
    const held = withArrivals(withHold(state, { paused: true }), run(3001, 6000));
    expect(held.held).toHaveLength(LIVE_ALERTS_MAX);
    expect(seqs(released(held).alerts).at(-1)).toBe(4001);
  });

  it('says that it dropped something as soon as it did, and from then on', () => {
    const full = withArrivals(EMPTY_FEED, run(1, LIVE_ALERTS_MAX));
    expect(full.trimmed).toBe(false);
    const heldFull = withArrivals(withHold(EMPTY_FEED, { paused: true }), run(1, LIVE_ALERTS_MAX));
    expect(heldFull.heldTrimmed).toBe(false);
    const trimmed = withArrivals(full, run(LIVE_ALERTS_MAX + 1, LIVE_ALERTS_MAX + 1));
    expect(withHold(withHold(trimmed, { paused: true }), { paused: false }).trimmed).toBe(true);
  });

  it('leaves what somebody reads where it is in a flood that outgrows what can be held', () => {
    const paused = withHold(withArrivals(EMPTY_FEED, run(1, 3)), { paused: true });
    const flooded = [run(4, 1500), run(1501, 3500)].reduce(withArrivals, paused);
    expect(flooded).toMatchObject({ alerts: paused.alerts, trimmed: false, heldTrimmed: true });
    const resumed = withHold(flooded, { paused: false });
    expect(seqs(resumed.alerts)).toEqual(seqs(run(1501, 3500)).toReversed());
    expect(resumed).toMatchObject({ held: [], trimmed: true, heldTrimmed: false });
  });
});
