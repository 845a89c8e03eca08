import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import type { Alert } from '@vigil/shared/contracts';
import { createContext, use } from 'react';
import type { Threat, ThreatPage, Verdict } from '../api/types.ts';
import type { StreamStatus } from './alert-stream.ts';
import type { FeedState } from './feed.ts';

/** A row of the feed: an alert as it arrived, or a stored event, which also knows its status and review. */
export type FeedRow = Alert | Threat;

export interface Feed {
  /** Arrivals, newest first, then what was stored before. */
  rows: readonly FeedRow[];
  feed: FeedState;
  status: StreamStatus;
  /** False while a part of the past is looked at. */
  live: boolean;
  stored: UseInfiniteQueryResult<InfiniteData<ThreatPage>>;
  /** What was reviewed on this page, for alerts, which have no verdict; somebody else may have judged stored events since. */
  verdicts: ReadonlyMap<string, Verdict>;
  reviewed: (id: string, verdict: Verdict) => void;
  hold: (given: { paused?: boolean; scrolled?: boolean }) => void;
  showHeld: () => void;
  /** Starts the list anew. */
  reload: () => void;
  retryNow: () => void;
}

export const FeedContext = createContext<Feed | undefined>(undefined);

export function useFeed(): Feed {
  const feed = use(FeedContext);
  if (feed === undefined) throw new Error('no feed');
  return feed;
}
