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
        {state === 'retrying' && <span aria-hidden="true">{nextOf(status, now)}</span>}
      </span>
      {status.state === 'retrying' && (
        <button type="button" className="pill-action" onClick={retryNow} title={status.reason}>
          Retry now
        </button>
      )}
    </div>
  );
}

function nextOf(status: StreamStatus, nowMs: number): string {
  if (status.state === 'connecting') return ', connecting';
  if (status.state !== 'retrying') return '';
  return `, retry in ${Math.max(0, Math.ceil((status.atMs - nowMs) / 1_000))} s`;
}

function describe(status: StreamStatus, paused: boolean, live: boolean): [string, string] {
  switch (status.state) {
    case 'live':
      if (!live) return ['past', 'Zoomed'];
      return paused ? ['paused', 'Paused'] : ['live', 'Live'];
    case 'connecting':
      // In the midst of an outage an attempt is no change: what flickers draws the eye for nothing.
      return status.isAgain ? ['retrying', 'Offline'] : ['connecting', 'Connecting'];
    case 'retrying':
      return ['retrying', 'Offline'];
    default:
      return ['retrying', status.reason];
  }
}
