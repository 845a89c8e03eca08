import { useQuery } from '@tanstack/react-query';
import { useMemo, type ReactNode } from 'react';
import { useGateway } from '../api/gateway-context.ts';
import { rulesQuery } from '../api/queries.ts';
import type { Match } from '../api/types.ts';
import { className, FIELD_NAMES, noun, number, score } from '../text/format.ts';
import { SafeText } from '../text/safe-text.tsx';
import { groupMatches, type MatchGroup } from './group-matches.ts';

const DECODERS: Record<string, string> = {
  percent: 'percent-decoded',
  html: 'HTML entities',
  unicode: 'Unicode folded',
  base64: 'Base64',
  json: 'JSON',
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
  const gateway = useGateway();
  const rules = useQuery(rulesQuery(gateway));
  const titles = useMemo(
    () => new Map((rules.data?.packs ?? []).flatMap((pack) => pack.rules.map((rule) => [rule.id, rule.title]))),
    [rules.data],
  );
  const groups = useMemo(() => groupMatches(matches), [matches]);
  return (
    <section className="card why-card">
      <header className="card-head">
        <h2>Why</h2>
        <span className="note">
          {number(matches.length)} {noun(matches.length, 'match', 'matches')}
        </span>
      </header>
      {groups.map((group, i) => (
        <section key={i} className="place">
          <DecodeChain group={group} />
          <ol className="matches">
            {group.matches.map(({ match, index }) => (
              <li
                key={index}
                className={focused === index ? 'match match-on' : 'match'}
                onMouseEnter={() => onFocus(index)}
                onMouseLeave={() => onFocus(undefined)}
              >
                <span className="match-rule">
                  <span className="match-title">{titles.get(match.rule) ?? className(match.class)}</span>
                  <code className="faint">
                    <SafeText text={match.rule} />
                  </code>
                </span>
                <span className="excerpt mono" dir="ltr">
                  <SafeText text={match.excerpt} />
                </span>
                <span className="match-score">{score(match.score)}</span>
              </li>
            ))}
          </ol>
        </section>
      ))}
    </section>
  );
}

function DecodeChain({ group }: { group: MatchGroup }): ReactNode {
  const { field, parameter, decoded } = group;
  return (
    <ol className="chain" aria-label="Where it stood, and how it was decoded">
      <li>
        {FIELD_NAMES[field] ?? field}
        {parameter !== undefined && (
          <code className="chain-parameter">
            <SafeText text={parameter === '' ? '(no name)' : parameter} />
          </code>
        )}
      </li>
      {decoded.length === 0 && field !== 'window' && field !== 'status' && <li>as logged</li>}
      {decoded.map((step, i) => (
        <li key={i}>{DECODERS[step] ?? <SafeText text={step} />}</li>
      ))}
    </ol>
  );
}
