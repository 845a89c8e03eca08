import type { Alert } from '@vigil/shared/contracts';

/** Alerts that the live part keeps; beyond it the oldest go and the list says so. */
export const LIVE_ALERTS_MAX = 2_000;

export interface FeedState {
  /** Newest arrival first. */
  alerts: readonly Alert[];
  /** Arrived while the list was held; newest first. */
  held: readonly Alert[];
  paused: boolean;
  /** The reader has scrolled away from the top, so that new rows wait instead of moving what he reads. */
  scrolled: boolean;
  /** Older arrivals were dropped, so older events no longer follow on without a hole. */
  trimmed: boolean;
  /** So were some of those that were held: what is shown meanwhile stays, and goes when they come in its place. */
  heldTrimmed: boolean;
  /** Alerts that can no longer be had. */
  missed: number;
}

export const EMPTY_FEED: FeedState = {
  alerts: [],
  held: [],
  paused: false,
  scrolled: false,
  trimmed: false,
  heldTrimmed: false,
  missed: 0,
};

/** Takes arrivals in order of seq; what is already there is not taken again. */
export function withArrivals(state: FeedState, arrivals: readonly Alert[]): FeedState {
  const known = new Set([...state.held, ...state.alerts.slice(0, arrivals.length + 200)].map((alert) => alert.id));
  const fresh = arrivals.filter((alert) => !known.has(alert.id)).toReversed();
  if (fresh.length === 0) return state;
  const held = [...fresh, ...state.held];
  // Once trimmed it is full, so that what comes then does not fit either.
  const heldTrimmed = held.length > LIVE_ALERTS_MAX;
  const next = { ...state, held: held.slice(0, LIVE_ALERTS_MAX), heldTrimmed };
  return state.paused || state.scrolled ? next : released(next);
}

/** Nothing moves under somebody who paused or scrolled; once neither holds, what was held is shown. */
export function withHold(state: FeedState, hold: { paused?: boolean; scrolled?: boolean }): FeedState {
  const next = { ...state, ...hold };
  if (next.paused === state.paused && next.scrolled === state.scrolled) return state;
  return next.paused || next.scrolled ? next : released(next);
}

/** Shows what was held, whatever held it. */
export function released(state: FeedState): FeedState {
  const alerts = state.heldTrimmed ? state.held : [...state.held, ...state.alerts];
  return {
    ...state,
    alerts: alerts.slice(0, LIVE_ALERTS_MAX),
    held: [],
    trimmed: state.trimmed || state.heldTrimmed || alerts.length > LIVE_ALERTS_MAX,
    heldTrimmed: false,
  };
}
