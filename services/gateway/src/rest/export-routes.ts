import { Readable } from 'node:stream';
import { z } from 'zod';
import { ProblemError } from '@vigil/shared/http/problem';
import type { Database } from '@vigil/shared/storage/database';
import { printableJson } from '@vigil/shared/text/printable';
import type { Api } from './api.ts';
import { csvRecord } from './csv.ts';
import { queryThreats, type ThreatCursor } from './threat-query.ts';
import { toThreat } from './threat-rows.ts';
import { threatSelectionShape, type Threat, type ThreatSelection } from './threat-schemas.ts';

const PAGE_EVENTS = 500;
/** Exports at once: each holds a connection of the pool for much of its time. */
const EXPORTS_MAX = 2;

const COLUMNS = [
  'id',
  'timestamp',
  'severity',
  'threat_score',
  'source_ip',
  'request_method',
  'request_path',
  'status',
  'user_agent',
  'source',
  'verdict',
] as const satisfies readonly (keyof Threat)[];

/** `GET /threats/export`: all that the filter lets through, newest first, page by page as fast as the client reads. */
export function exportRoutes(api: Api, database: Database): void {
  let running = 0;
  api.add({
    method: 'GET',
    path: '/threats/export',
    summary: 'Events as NDJSON or CSV, streamed',
    scope: 'read',
    query: z.object({ ...threatSelectionShape, format: z.enum(['ndjson', 'csv']).default('ndjson') }),
    contentTypes: ['application/x-ndjson', 'text/csv'],
    handle: async ({ query: { format, ...selection }, reply }) => {
      if (running >= EXPORTS_MAX) {
        const detail = `${EXPORTS_MAX} exports are running; try again when one is done.`;
        throw new ProblemError({ status: 503, title: 'Busy', detail }, { 'retry-after': '10' });
      }
      running += 1;
      const body = Readable.from(lines(database, selection, format));
      body.once('close', () => {
        running -= 1;
      });
      return reply
        .type(format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson; charset=utf-8')
        .header('content-disposition', `attachment; filename="threats.${format}"`)
        .header('x-content-type-options', 'nosniff')
        .send(body);
    },
  });
}

async function* lines(
  database: Database,
  selection: ThreatSelection,
  format: 'ndjson' | 'csv',
): AsyncGenerator<string, void> {
  if (format === 'csv') yield csvRecord([...COLUMNS, 'classes', 'matched_rules']);
  let cursor: ThreatCursor | undefined;
  do {
    const page = await queryThreats(database, selection, PAGE_EVENTS, cursor);
    yield page.rows
      .map((row) => (format === 'csv' ? toCsv(toThreat(row)) : `${printableJson(JSON.stringify(toThreat(row)))}\n`))
      .join('');
    cursor = page.next;
  } while (cursor !== undefined);
}

function toCsv(threat: Threat): string {
  return csvRecord([...COLUMNS.map((name) => threat[name]), threat.classes.join(' '), threat.matched_rules.join(' ')]);
}
