import type { ReactNode } from 'react';
import type { StreamStatus } from '../stream/alert-stream.ts';
import { useFeed } from '../stream/feed-context.ts';
import { useNow } from './use-now.ts';

/** Whether alerts arrive, and if not, what happens next. */
export function StreamPill(): ReactNode {
  const { status, feed, live, retryNow } = useFeed();
  const now = useNow(1_000);
  const [state, text] = describe(status, feed.paused, live);
  return (
    <div className={`pill stream-${state}`} role="status">
      <span className="pill-dot" aria-hidden="true" />
      <span className="pill-text">
        {text}
        {/* Whoever hears the page would be told each second. */}
        {status.state === 'retrying' && <span aria-hidden="true">, retry in {secondsUntil(status.atMs, now)} s</span>}
      </span>
      {status.state === 'retrying' && (
        <button type="button" className="pill-action" onClick={retryNow} title={status.reason}>
          Retry now
        </button>
      )}
    </div>
  );
}

const secondsUntil = (atMs: number, nowMs: number): number => Math.max(0, Math.ceil((atMs - nowMs) / 1_000));

function describe(status: StreamStatus, paused: boolean, live: boolean): [string, string] {
  switch (status.state) {
    case 'live':
      if (!live) return ['past', 'Zoomed'];
      return paused ? ['paused', 'Paused'] : ['live', 'Live'];
    case 'connecting':
      return ['connecting', 'Connecting'];
    case 'retrying':
      return ['retrying', 'Offline'];
    default:
      return ['retrying', status.reason];
  }
}
