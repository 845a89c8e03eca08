import { useQuery } from '@tanstack/react-query';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import { useGateway } from '../api/gateway-context.ts';
import { statsQuery } from '../api/queries.ts';
import { isEmpty } from '../filter/filter.ts';
import { ExportButton } from '../parts/export-button.tsx';
import { isFocusAdrift } from '../parts/focus.ts';
import { PauseIcon, PlayIcon } from '../parts/icons.tsx';
import { Empty, Failure, Skeleton } from '../parts/states.tsx';
import { useKeyHint } from '../parts/shortcuts.ts';
import { useKeys } from '../parts/use-keys.ts';
import { useNow } from '../parts/use-now.ts';
import { navigate, SPOKEN, useRoute } from '../routing/route.ts';
import { useFeed, type Feed } from '../stream/feed-context.ts';
import { number } from '../text/format.ts';
import { FeedRowItem } from './feed-row.tsx';
import { quietMeaning } from './quiet.ts';
import { recallSelection, rememberSelection } from './selection.ts';

const ROW_PX = 40;
const ROW_PHONE_PX = 64;
/** Rows from the end at which older ones are asked for. */
const AHEAD_ROWS = 20;
const phone = matchMedia('(max-width: 719px)');

/** The feed: newest on top, older ones as far as somebody scrolls. */
export function FeedPanel(): ReactNode {
  const feed = useFeed();
  const { rows, stored, live, hold } = feed;
  const list = useRef<HTMLDivElement>(null);
  const [offset, setOffset] = useState(0);
  const now = useNow(5_000);
  const [selected, setSelected] = useState(recallSelection);
  useLayoutEffect(() => setOffset(list.current?.offsetTop ?? 0), []);

  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => (phone.matches ? ROW_PHONE_PX : ROW_PX),
    overscan: 12,
    scrollMargin: offset,
    // What sticks to the top must not cover the row that the keyboard went to.
    scrollPaddingStart: 110,
    scrollPaddingEnd: 60,
    getItemKey: (index) => rows[index]?.id ?? index,
  });

  useEffect(() => {
    const scrolled = (): void => {
      const top = list.current?.getBoundingClientRect().top ?? 0;
      hold({ scrolled: live && top < 60 });
    };
    addEventListener('scroll', scrolled, { passive: true });
    return () => {
      removeEventListener('scroll', scrolled);
      hold({ scrolled: false });
    };
  }, [hold, live]);

  const last = virtual.getVirtualItems().at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = stored;
  useEffect(() => {
    if (last >= rows.length - AHEAD_ROWS && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [last, rows.length, hasNextPage, isFetchingNextPage, fetchNextPage]);

  const focusRow = (index: number): void => {
    list.current?.querySelector<HTMLElement>(`[data-index="${index}"] .row-link`)?.focus({ preventScroll: true });
  };
  const selectedAt = virtual.getVirtualItems().find(({ key }) => key === selected)?.index;
  const isSelectedShown = selectedAt !== undefined;
  useEffect(() => {
    // After an event's page the keyboard goes on where it was; the row is only there once the list has scrolled to it.
    if (selectedAt !== undefined && isFocusAdrift()) focusRow(selectedAt);
    // Not where it merely has another index by now.
  }, [isSelectedShown]);

  const select = (id: string | undefined): void => {
    rememberSelection(id);
    setSelected(id);
  };
  const move = (by: number): void => {
    const at = rows.findIndex((row) => row.id === selected);
    const next = at === -1 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by));
    const row = rows[next];
    if (row === undefined) return;
    select(row.id);
    virtual.scrollToIndex(next, { align: 'auto' });
    // The focus goes along, so that a screen reader reads the row; it may only be there after the list has moved.
    requestAnimationFrame(() => focusRow(next));
  };
  useKeys({
    j: () => move(1),
    ArrowDown: () => move(1),
    k: () => move(-1),
    ArrowUp: () => move(-1),
    Enter: () => {
      if (selected !== undefined) navigate({ event: selected });
    },
    Escape: () => select(undefined),
    p: () => hold({ paused: !feed.feed.paused }),
    g: () => {
      feed.showHeld();
      scrollTo({ top: 0 });
    },
  });

  return (
    <section className="card feed" aria-label="Events">
      <FeedHead feed={feed} />
      <div ref={list} className="feed-list">
        {rows.length > 0 && (
          <ol style={{ height: virtual.getTotalSize() }} className="feed-rows">
            {virtual.getVirtualItems().map((item) => {
              const row = rows[item.index];
              if (row === undefined) return null;
              const style = { transform: `translateY(${item.start - offset}px)`, height: item.size };
              const verdict = 'verdict' in row ? row.verdict : (feed.verdicts.get(row.id) ?? null);
              return (
                <li key={item.key} className="feed-item" style={style} data-index={item.index}>
                  <FeedRowItem
                    row={row}
                    verdict={verdict}
                    now={now}
                    selected={row.id === selected}
                    onSelect={() => select(row.id)}
                  />
                </li>
              );
            })}
          </ol>
        )}
        <FeedEnd feed={feed} />
      </div>
    </section>
  );
}

function FeedHead({ feed }: { feed: Feed }): ReactNode {
  const { feed: state, live } = feed;
  const held = state.held.length;
  const hint = useKeyHint();
  return (
    <header className="card-head feed-head">
      <h2>{live ? 'Events' : 'Events in the zoomed time'}</h2>
      {state.missed > 0 && <span className="note">{number(state.missed)} too old to be shown</span>}
      {held > 0 && (
        <button
          type="button"
          className="held"
          onClick={() => {
            feed.hold({ paused: false });
            feed.showHeld();
            scrollTo({ top: 0 });
          }}
        >
          {number(held)}
          {state.heldTrimmed && '+'} new
        </button>
      )}
      <ExportButton />
      {live && (
        <button
          type="button"
          className="button small"
          aria-pressed={state.paused}
          title={hint(state.paused ? 'Resume' : 'Pause', 'p')}
          onClick={() => feed.hold({ paused: !state.paused })}
        >
          {state.paused ? <PlayIcon /> : <PauseIcon />}
          {state.paused ? 'Resume' : 'Pause'}
        </button>
      )}
    </header>
  );
}

function FeedEnd({ feed }: { feed: Feed }): ReactNode {
  const { rows, stored, feed: state, live } = feed;
  const { filter } = useRoute();
  if (stored.error !== null && !stored.isFetching) {
    return (
      <Failure
        error={stored.error}
        onRetry={() => void (rows.length === 0 ? stored.refetch() : stored.fetchNextPage())}
      />
    );
  }
  if (stored.isPending || (rows.length === 0 && stored.isFetching)) return <Skeleton lines={8} />;
  if (rows.length > 0) {
    if (state.trimmed && live) {
      return (
        <p className="feed-end">
          The newest {number(rows.length)} events.{' '}
          <button type="button" className="text-button" onClick={feed.reload}>
            Reload to go further back
          </button>
        </p>
      );
    }
    return <p className="feed-end">{stored.hasNextPage ? 'Loading older events…' : 'That is all.'}</p>;
  }
  if (!isEmpty(filter) || !live) {
    return (
      <Empty title="No event fits.">
        <button type="button" className="button" onClick={() => navigate({ filter: {}, zoom: undefined })}>
          Clear the filter
        </button>
      </Empty>
    );
  }
  return <Quiet />;
}

function Quiet(): ReactNode {
  const { range } = useRoute();
  const stats = useQuery(statsQuery(useGateway(), range));
  const { title, text } = quietMeaning(stats.data?.pipeline, SPOKEN[range]);
  return (
    <Empty title={title}>
      <p className="muted">{text}</p>
    </Empty>
  );
}
