import { useMemo, type ReactNode } from 'react';
import type { ThreatDetail } from '../api/types.ts';
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
  const segments = useMemo(() => {
    const fields: (Span | undefined)[] = matches.map((match) => match.line_span);
    const exact = matches.map(
      ({ line_span: span, decoded, excerpt }) => span && preciseSpan(line, span, decoded, excerpt),
    );
    return lineSegments(line, [...fields, ...exact]);
  }, [line, matches]);
  const count = matches.length;
  return (
    <section className="card line-card">
      <header className="card-head">
        <h2>Log line</h2>
        <CopyButton text={line} />
      </header>
      <p className="line mono" dir="ltr">
        {segments.map((segment) => {
          if (segment.spans.length === 0) return <span key={segment.at}>{safeNodes(segment.text)}</span>;
          const of = [...new Set(segment.spans.map((span) => span % count))];
          const exact = segment.spans.some((span) => span >= count);
          const on = focused !== undefined && of.includes(focused);
          return (
            <mark
              key={segment.at}
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

function CopyButton({ text }: { text: string }): ReactNode {
  return (
    <button type="button" className="text-button" onClick={() => void navigator.clipboard?.writeText(text)}>
      Copy
    </button>
  );
}
