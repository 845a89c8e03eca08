import { useLayoutEffect, useMemo, useRef, type ReactNode } from 'react';
import type { ThreatDetail } from '../api/types.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { lineSegments, type Span } from '../text/line-segments.ts';
import { preciseSpan } from '../text/precise-span.ts';
import { safeNodes } from '../text/safe-text.tsx';

interface LineEvidenceProps {
  event: ThreatDetail;
  /** Index of the match that is looked at. */
  focused: number | undefined;
  onFocus: (match: number | undefined) => void;
}

/** The line as it was logged. Fields that matched are marked, and within them the very text where that can be told. */
export function LineEvidence({ event, focused, onFocus }: LineEvidenceProps): ReactNode {
  const { line, matches } = event;
  const { segments, strongest } = useMemo(() => {
    const fields: (Span | undefined)[] = matches.map((match) => match.line_span);
    const exact = matches.map(
      ({ line_span: span, decoded, excerpt }) => span && preciseSpan(line, span, decoded, excerpt),
    );
    const [best] = matches
      .flatMap(({ score }, at) => (exact[at] === undefined ? [] : [{ score, span: matches.length + at }]))
      .sort((a, b) => b.score - a.score);
    const split = lineSegments(line, [...fields, ...exact]);
    return { segments: split, strongest: best && split.find(({ spans }) => spans.includes(best.span)) };
  }, [line, matches]);
  const shown = useRef<HTMLParagraphElement>(null);
  const hit = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const [within, found] = [shown.current, hit.current];
    if (within && found) within.scrollTop = found.offsetTop - within.offsetTop - within.clientHeight / 3;
  }, [segments]);
  const count = matches.length;
  return (
    <section className="card line-card">
      <header className="card-head">
        <h2>Log line</h2>
        <CopyButton text={line} />
      </header>
      {/* A line of kilobytes scrolls by itself: what was found in it must not be screens below. */}
      <p ref={shown} className="line mono" dir="ltr" role="region" aria-label="Log line" tabIndex={0}>
        {segments.map((segment) => {
          if (segment.spans.length === 0) return <span key={segment.at}>{safeNodes(segment.text)}</span>;
          const of = [...new Set(segment.spans.map((span) => span % count))];
          const exact = segment.spans.some((span) => span >= count);
          const on = focused !== undefined && of.includes(focused);
          return (
            <mark
              key={segment.at}
              ref={segment === strongest ? hit : undefined}
              className={`hit${exact ? ' hit-exact' : ''}${on ? ' hit-on' : ''}${focused !== undefined && !on ? ' hit-off' : ''}`}
              onMouseEnter={() => onFocus(of.at(-1))}
              onMouseLeave={() => onFocus(undefined)}
            >
              {safeNodes(segment.text)}
            </mark>
          );
        })}
      </p>
    </section>
  );
}
