import type { ReactNode } from 'react';
import { useFeed } from '../stream/feed-context.ts';
import { useNow } from './use-now.ts';

/** Whether alerts arrive, and if not, what happens next. */
export function StreamPill(): ReactNode {
  const { status, feed, live, retryNow } = useFeed();
  const now = useNow(1_000);
  const [state, text] = describe(status, feed.paused, live, now);
  return (
    <div className={`pill stream-${state}`} role="status">
      <span className="pill-dot" aria-hidden="true" />
      <span className="pill-text">{text}</span>
      {status.state === 'retrying' && (
        <button type="button" className="pill-action" onClick={retryNow} title={status.reason}>
          Retry now
        </button>
      )}
    </div>
  );
}

function describe(
  status: ReturnType<typeof useFeed>['status'],
  paused: boolean,
  live: boolean,
  now: number,
): [string, string] {
  switch (status.state) {
    case 'live':
      if (!live) return ['past', 'Zoomed'];
      return paused ? ['paused', 'Paused'] : ['live', 'Live'];
    case 'connecting':
      return ['connecting', 'Connecting'];
    case 'retrying':
      return ['retrying', `Offline, retry in ${Math.max(0, Math.ceil((status.atMs - now) / 1_000))} s`];
    default:
      return ['retrying', status.reason];
  }
}
