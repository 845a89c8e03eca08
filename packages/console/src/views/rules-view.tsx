import { useQuery } from '@tanstack/react-query';
import { useMemo, useState, type ReactNode } from 'react';
import { useGateway } from '../api/gateway-context.ts';
import { rulesQuery } from '../api/queries.ts';
import type { Suppression } from '../api/types.ts';
import { Empty, Failure, Skeleton } from '../parts/states.tsx';
import { className, number } from '../text/format.ts';
import { SafeText } from '../text/safe-text.tsx';
import { RulesTable, type RuleRow } from './rules-table.tsx';

/** What is looked for and what is let pass. Changed in files, under review; here it is only read. */
export function RulesView(): ReactNode {
  const gateway = useGateway();
  const rules = useQuery(rulesQuery(gateway));
  const [wanted, setWanted] = useState('');
  const rows = useMemo<RuleRow[]>(
    () =>
      (rules.data?.packs ?? []).flatMap((pack) =>
        pack.rules.map((rule) => ({ ...rule, pack: pack.id, mode: pack.mode })),
      ),
    [rules.data],
  );
  const shown = useMemo(() => {
    const word = wanted.trim().toLowerCase();
    const has = (row: RuleRow): boolean =>
      `${row.id} ${row.title} ${row.class} ${className(row.class)} ${row.pack}`.toLowerCase().includes(word);
    return word === '' ? rows : rows.filter(has);
  }, [rows, wanted]);
  return (
    <div className="page">
      <header className="page-head">
        <h1>Rules</h1>
        {rules.data !== undefined && (
          <span className="note">
            {number(rows.length)} in {number(rules.data.packs.length)} packs
          </span>
        )}
        <input
          type="search"
          className="search"
          aria-label="Find a rule"
          placeholder="Find a rule"
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
        />
      </header>
      {rules.isPending && <Skeleton lines={10} />}
      {rules.error !== null && <Failure error={rules.error} onRetry={() => void rules.refetch()} />}
      {rules.data !== undefined && (
        <>
          <section className="card">
            {shown.length === 0 ? <Empty title="No rule fits." /> : <RulesTable rows={shown} />}
          </section>
          <Suppressions items={rules.data.suppressions} />
        </>
      )}
    </div>
  );
}

function Suppressions({ items }: { items: readonly Suppression[] | null }): ReactNode {
  return (
    <section className="card">
      <header className="card-head">
        <h2>Suppressions</h2>
        <span className="note">{items === null || items.length === 0 ? '' : number(items.length)}</span>
      </header>
      {items === null && <p className="muted card-text">Set at the scorers; this gateway does not know them.</p>}
      {items?.length === 0 && <p className="muted card-text">Nothing is kept from alerting.</p>}
      <ul className="suppressions">
        {(items ?? []).map((item) => (
          <li key={item.id}>
            <p>
              <code className="strong">
                <SafeText text={item.id} />
              </code>{' '}
              <SafeText text={item.reason} />
            </p>
            <p className="small muted">
              {conditionsOf(item).map(([name, value]) => (
                <span key={name} className="condition">
                  {name}{' '}
                  <code>
                    <SafeText text={value} />
                  </code>
                </span>
              ))}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function conditionsOf(item: Suppression): [string, string][] {
  const all: [string, string | undefined][] = [
    ['rules', item.rules?.join(', ')],
    ['classes', item.classes?.join(', ')],
    ['path', item.path],
    ['parameter', item.parameter],
    ['from', item.cidrs?.join(', ')],
    ['agent', item.agent],
    ['until', item.expires_at],
  ];
  return all.filter((pair): pair is [string, string] => pair[1] !== undefined);
}
