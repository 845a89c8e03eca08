import { useInfiniteQuery, useQueryClient, type InfiniteData } from '@tanstack/react-query';
import type { Alert } from '@vigil/shared/contracts';
import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { useGateway } from '../api/gateway-context.ts';
import { GatewayError } from '../api/gateway.ts';
import { threatsQuery } from '../api/queries.ts';
import type { Threat, ThreatPage, Verdict } from '../api/types.ts';
import { filterParams } from '../filter/filter.ts';
import { useRoute } from '../routing/route.ts';
import { AlertStream, type StreamStatus } from './alert-stream.ts';
import { Arrivals } from './arrivals.ts';
import { FeedContext, type FeedRow } from './feed-context.ts';
import { EMPTY_FEED, released, withArrivals, withHold, type FeedState } from './feed.ts';

/** Figures that alerts change are asked for at most this often. */
const FIGURES_MS = 2_000;

const UNFIT: StreamStatus = { state: 'refused', reason: 'The filter is not valid.' };

/** Joins what is stored with what arrives, for the filter in the address bar. Stays while views change, so that nothing reloads. */
export function FeedProvider({ children }: { children: ReactNode }): ReactNode {
  const gateway = useGateway();
  const queries = useQueryClient();
  const { filter, zoom } = useRoute();
  const filterKey = filterParams(filter).toString();
  const [status, setStatus] = useState<StreamStatus>({ state: 'connecting', isAgain: false });
  const [feed, setFeed] = useState<FeedState>(EMPTY_FEED);
  const [verdicts, setVerdicts] = useState<ReadonlyMap<string, Verdict>>(new Map());
  /** The stored part is read when the stream has said where it starts, or that it cannot: together they have no hole. */
  const [started, setStarted] = useState(false);
  const stream = useRef<AlertStream>(undefined);
  const live = zoom === undefined;
  const reload = useCallback(() => {
    setFeed((before) => ({ ...EMPTY_FEED, paused: before.paused }));
    void queries.resetQueries({ queryKey: ['threats'] });
  }, [queries]);

  useEffect(() => {
    setFeed((before) => ({ ...EMPTY_FEED, paused: before.paused }));
    setStarted(false);
    let figuresTimer: number | undefined;
    let isPlaced = false;
    let readBefore = false;
    const arrivals = new Arrivals((alerts) => setFeed((before) => withArrivals(before, alerts)));
    const refreshFigures = (): void => {
      figuresTimer = undefined;
      void queries.invalidateQueries({ queryKey: ['stats'] });
      void queries.invalidateQueries({ queryKey: ['timeline'] });
    };
    const opened = new AlertStream(gateway, new URLSearchParams(filterKey), {
      alerts: (alerts) => {
        arrivals.add(alerts);
        figuresTimer ??= window.setTimeout(refreshFigures, FIGURES_MS);
      },
      gap: (from, to) => setFeed((before) => ({ ...before, missed: before.missed + to - from + 1 })),
      rewound: reload,
      status: (next) => {
        setStatus(next);
        if (next.state === 'connecting') return;
        setStarted(true);
        // What came between an earlier reading of the stored part and the place at which the stream begins is in neither.
        if (next.state === 'live' && !isPlaced && readBefore)
          void queries.invalidateQueries({ queryKey: ['threats', filterKey] });
        isPlaced ||= next.state === 'live';
        readBefore = true;
      },
    });
    stream.current = opened;
    return () => {
      opened.close();
      arrivals.stop();
      clearTimeout(figuresTimer);
      queries.removeQueries({ queryKey: ['threats', filterKey] });
    };
  }, [gateway, queries, filterKey, reload]);

  const stored = useInfiniteQuery({ ...threatsQuery(gateway, filter, zoom), enabled: started || !live });

  const rows = useMemo<FeedRow[]>(() => {
    const arrived: readonly Alert[] = live ? feed.alerts : [];
    const known = new Set(arrived.map((alert) => alert.id));
    if (live) for (const alert of feed.held) known.add(alert.id);
    const older = (live && feed.trimmed ? [] : (stored.data?.pages ?? [])).flatMap((page) => page.threats);
    return [...arrived, ...older.filter((threat) => !known.has(threat.id))];
  }, [feed, live, stored.data]);

  const hold = useCallback((given: { paused?: boolean; scrolled?: boolean }) => setFeed((f) => withHold(f, given)), []);
  const showHeld = useCallback(() => setFeed(released), []);
  const reviewed = useCallback(
    (id: string, verdict: Verdict) => {
      setVerdicts((before) => new Map(before).set(id, verdict));
      const judged = (threat: Threat): Threat => (threat.id === id ? { ...threat, verdict } : threat);
      queries.setQueriesData<InfiniteData<ThreatPage>>(
        { queryKey: ['threats'] },
        (known) =>
          known && { ...known, pages: known.pages.map((page) => ({ ...page, threats: page.threats.map(judged) })) },
      );
    },
    [queries],
  );
  // Browsers do not tell why a WebSocket was refused; REST says it of the same filter.
  const isUnfit = stored.error instanceof GatewayError && stored.error.status === 422;
  const value = useMemo(
    () => ({
      rows,
      feed,
      status: isUnfit ? UNFIT : status,
      live,
      stored,
      verdicts,
      reviewed,
      hold,
      showHeld,
      reload,
      retryNow: () => stream.current?.retryNow(),
    }),
    [rows, feed, status, isUnfit, live, stored, verdicts, reviewed, hold, showHeld, reload],
  );
  return <FeedContext value={value}>{children}</FeedContext>;
}
