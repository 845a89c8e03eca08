import type { ReactNode } from 'react';
import type { Match } from '../api/types.ts';
import { className, score } from '../text/format.ts';
import { SafeText } from '../text/safe-text.tsx';

const FIELDS: Record<Match['field'], string> = {
  method: 'method',
  path: 'path',
  query: 'query',
  param_name: 'parameter name',
  param_value: 'parameter',
  referer: 'referer',
  user_agent: 'user agent',
  host: 'host',
  request_line: 'request line',
  status: 'response status',
  window: 'behaviour',
};

const DECODERS: Record<string, string> = {
  percent: 'percent-decoded',
  html: 'HTML entities',
  unicode: 'Unicode folded',
  base64: 'Base64',
  json: 'JSON escapes',
  plus: 'plus signs',
  overlong: 'overlong UTF-8',
};

interface MatchListProps {
  matches: readonly Match[];
  focused: number | undefined;
  onFocus: (match: number | undefined) => void;
}

/** Each piece of evidence: where it stood, how it was decoded, what was found. */
export function MatchList({ matches, focused, onFocus }: MatchListProps): ReactNode {
  return (
    <section className="card">
      <header className="card-head">
        <h2>Why</h2>
        <span className="note">{matches.length === 1 ? '1 match' : `${matches.length} matches`}</span>
      </header>
      <ol className="matches">
        {matches.map((match, i) => (
          <li
            // The order is the engine's and never changes.
            key={i}
            className={focused === i ? 'match match-on' : 'match'}
            onMouseEnter={() => onFocus(i)}
            onMouseLeave={() => onFocus(undefined)}
          >
            <div className="match-head">
              <span className="match-rule">
                <span className="strong">{className(match.class)}</span>{' '}
                <code className="faint">
                  <SafeText text={match.rule} />
                </code>
              </span>
              <span className="match-score">{score(match.score)}</span>
            </div>
            <DecodeChain match={match} />
            <p className="excerpt mono" dir="ltr">
              <SafeText text={match.excerpt} />
            </p>
          </li>
        ))}
      </ol>
    </section>
  );
}

function DecodeChain({ match }: { match: Match }): ReactNode {
  return (
    <ol className="chain" aria-label="From the log to the match">
      <li>
        {FIELDS[match.field]}
        {match.parameter !== undefined && (
          <code className="chain-parameter">
            <SafeText text={match.parameter === '' ? '(no name)' : match.parameter} />
          </code>
        )}
      </li>
      {match.decoded.map((step, i) => (
        <li key={i}>{DECODERS[step] ?? <SafeText text={step} />}</li>
      ))}
      <li className="chain-end">matched</li>
    </ol>
  );
}
