import {
  createColumnHelper,
  createSortedRowModel,
  rowSortingFeature,
  sortFns,
  tableFeatures,
  useTable,
  type SortingState,
} from '@tanstack/react-table';
import { useState, type ReactNode } from 'react';
import type { Rule } from '../api/types.ts';
import { className, FIELD_NAMES, score } from '../text/format.ts';
import { SafeText } from '../text/safe-text.tsx';

export interface RuleRow extends Rule {
  pack: string;
  mode: string;
}

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel(), sortFns });
const column = createColumnHelper<typeof features, RuleRow>();
const columns = column.columns([
  column.accessor('title', {
    header: 'Rule',
    cell: (cell) => (
      <span className="rule-name">
        <SafeText text={cell.getValue()} />
        <code className="faint">
          <SafeText text={cell.row.original.id} />
        </code>
      </span>
    ),
  }),
  column.accessor('class', { header: 'Class', cell: (cell) => className(cell.getValue()) }),
  column.accessor('score', { header: 'Score', cell: (cell) => score(cell.getValue()), sortDescFirst: true }),
  column.accessor((rule) => rule.fields.map((field) => FIELD_NAMES[field] ?? field).join(', '), {
    id: 'fields',
    header: 'Looks at',
    enableSorting: false,
  }),
  column.accessor(references, {
    id: 'references',
    header: 'References',
    enableSorting: false,
    cell: (cell) => (
      <ul>
        {cell.getValue().map((reference) => (
          <li key={reference}>{reference}</li>
        ))}
      </ul>
    ),
  }),
  column.accessor('pack', {
    header: 'Pack',
    cell: (cell) => (
      <>
        {cell.getValue()}
        {cell.row.original.mode === 'shadow' && <span className="tag">shadow</span>}
      </>
    ),
  }),
]);

function references(rule: Rule): string[] {
  const named = [
    rule.cwe === undefined ? undefined : `CWE-${rule.cwe}`,
    rule.capec === undefined ? undefined : `CAPEC-${rule.capec}`,
    rule.attack,
  ];
  return named.filter((name) => name !== undefined);
}

/** All rules, to be sorted by their columns. */
export function RulesTable({ rows }: { rows: RuleRow[] }): ReactNode {
  const [sorting, setSorting] = useState<SortingState>([{ id: 'score', desc: true }]);
  const table = useTable({ features, columns, data: rows, state: { sorting }, onSortingChange: setSorting });
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Rules">
      <table className="table rules-table">
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {group.headers.map((header) => {
                const sorted = header.column.getIsSorted();
                const order = sorted === false ? undefined : sorted === 'desc' ? 'descending' : 'ascending';
                return (
                  <th key={header.id} scope="col" aria-sort={order} className={`col-${header.column.id}`}>
                    {header.column.getCanSort() ? (
                      <button type="button" className="sort" onClick={header.column.getToggleSortingHandler()}>
                        <table.FlexRender header={header} />
                        <span aria-hidden="true">{sorted === false ? '' : sorted === 'desc' ? '↓' : '↑'}</span>
                      </button>
                    ) : (
                      <table.FlexRender header={header} />
                    )}
                  </th>
                );
              })}
            </tr>
          ))}
        </thead>
        <tbody>
          {table.getRowModel().rows.map((row) => (
            <tr key={row.id}>
              {row.getAllCells().map((cell) => (
                <td key={cell.id} className={`col-${cell.column.id}`}>
                  <table.FlexRender cell={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
