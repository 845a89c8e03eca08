import type { ScoredBatch } from '@vigil/shared/contracts';

const COLUMNS = [
  'id',
  'kind',
  'source',
  'position',
  'payload',
  'reason',
  'stack',
  'fingerprint',
  'positions',
  'format',
] as const;
const NAMES = COLUMNS.join(', ');
const ARRAYS = COLUMNS.map((name, at) => `$${at + 1}::${name === 'position' ? 'bigint' : 'text'}[]`).join(', ');

/** Inserts dead letters, those that are there already excepted; its parameters are `deadLetterColumns`. */
export const INSERT_DEAD_LETTERS = `
  insert into dead_letters (${NAMES})
  select ${NAMES} from unnest(${ARRAYS}) as t (${NAMES})
  on conflict do nothing`;

export type NewDeadLetter = Record<(typeof COLUMNS)[number], string | number | null>;

/** The lines of a batch that no scorer could handle, with what it takes to give them to one again. */
export function deadLines({ deadLines: lines, source, ...batch }: ScoredBatch): NewDeadLetter[] {
  const { fingerprint = null, positions = null, format = null } = batch;
  return lines.map(({ id, position, line, reason, stack }) => ({
    id,
    kind: 'line',
    source,
    position,
    payload: line,
    reason,
    stack,
    fingerprint,
    positions,
    format,
  }));
}

/** The jobs of the queue `lines` that came with a batch since no scorer could handle any of them. */
export function deadJobs({ deadJobs: jobs = [] }: ScoredBatch): NewDeadLetter[] {
  return jobs.map(({ id, payload, reason, stack }) => ({
    id,
    kind: 'job',
    source: 'lines',
    position: null,
    payload,
    reason,
    stack,
    fingerprint: null,
    positions: null,
    format: null,
  }));
}

/** The arrays that `INSERT_DEAD_LETTERS` takes, one per column. */
export function deadLetterColumns(letters: readonly NewDeadLetter[]): NewDeadLetter[keyof NewDeadLetter][][] {
  return COLUMNS.map((name) => letters.map((letter) => letter[name]));
}
