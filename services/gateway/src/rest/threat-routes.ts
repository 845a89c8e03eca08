import { z } from 'zod';
import { ConnectionCounts } from '@vigil/shared/http/connection-counts';
import { ProblemError, tooManyRequests } from '@vigil/shared/http/problem';
import type { Database } from '@vigil/shared/storage/database';
import type { Api } from './api.ts';
import { decodeCursor, encodeCursor, queryThreats } from './threat-query.ts';
import { DETAIL_COLUMNS, toThreat, toThreatDetail, type ThreatDetailRow } from './threat-rows.ts';
import {
  reviewSchema,
  threatDetailSchema,
  threatListQuerySchema,
  threatListSchema,
  verdictSchema,
} from './threat-schemas.ts';

/**
 * Lists by patterns at once of one key: one that is made for it takes PostgreSQL as long as any statement may, and others need its
 * connections, those who listen to alerts among them.
 */
const PATTERN_LISTS_PER_KEY_MAX = 3;

const idParams = z.object({ id: z.uuid('is not the whole id of an event') });

const DETAIL_SQL = `
  select ${DETAIL_COLUMNS}, r.verdict, r.note, r.reviewer, r.reviewed_at
  from events e left join reviews r on r.event_id = e.id where e.id = $1`;

const REVIEW_SQL = `
  insert into reviews (event_id, verdict, note, reviewer) values ($1, $2, $3, $4)
  on conflict (event_id) do update
    set verdict = excluded.verdict, note = excluded.note, reviewer = excluded.reviewer, reviewed_at = now()
  returning verdict, note, reviewer, reviewed_at`;

/** `GET /threats`, `GET /threats/:id`, `PATCH /threats/:id/review`. */
export function threatRoutes(api: Api, database: Database): void {
  const patternLists = new ConnectionCounts();
  api.add({
    method: 'GET',
    path: '/threats',
    name: 'listThreats',
    summary: 'Stored events, newest first',
    scope: 'read',
    query: threatListQuerySchema,
    response: threatListSchema,
    handle: async ({ query, principal, request }) => {
      const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
      const limit = { name: principal?.name ?? '', max: PATTERN_LISTS_PER_KEY_MAX };
      const counted = patternLists.open(query.path === undefined ? [] : [limit]);
      if ('refusedBy' in counted) throw tooManyLists();
      try {
        const read = (on: Pick<Database, 'query'>) => queryThreats(on, query, query.limit, after);
        const { rows, next } = await (query.path === undefined
          ? read(database)
          : database.cancellable(request.signal, read));
        return { threats: rows.map(toThreat), next_cursor: next === undefined ? null : encodeCursor(next) };
      } finally {
        counted.close();
      }
    },
  });

  api.add({
    method: 'GET',
    path: '/threats/:id',
    name: 'getThreat',
    summary: 'One event, with the line, each match and what its address did before',
    scope: 'read',
    params: idParams,
    response: threatDetailSchema,
    handle: async ({ params }) => {
      const [row] = await database.query<ThreatDetailRow>(DETAIL_SQL, [params.id]);
      if (row === undefined) throw noSuchEvent();
      return toThreatDetail(row);
    },
  });

  api.add({
    method: 'PATCH',
    path: '/threats/:id/review',
    name: 'reviewThreat',
    summary: 'Say what an event was',
    description: 'Replaces an earlier review. Who reviewed is the name of the key, with the given reviewer behind it.',
    scope: 'read',
    params: idParams,
    body: z.object({
      verdict: verdictSchema,
      note: z.string().max(2_000).default(''),
      reviewer: z.string().max(100).optional().describe('Who, where several people share a key.'),
    }),
    response: reviewSchema,
    handle: async ({ params, body, principal }) => {
      const [event] = await database.query('select 1 from events where id = $1 limit 1', [params.id]);
      if (event === undefined) throw noSuchEvent();
      const key = principal?.name ?? '';
      const reviewer = body.reviewer === undefined ? key : `${key}: ${body.reviewer}`;
      const [row] = await database.query<z.input<typeof reviewSchema>>(REVIEW_SQL, [
        params.id,
        body.verdict,
        body.note,
        reviewer,
      ]);
      return { ...row!, reviewed_at: new Date(row!.reviewed_at).toISOString() };
    },
  });
}

function tooManyLists(): ProblemError {
  const detail = `${PATTERN_LISTS_PER_KEY_MAX} lists by path of this key are being made; ask again when one is done.`;
  return tooManyRequests(detail, 1);
}

function noSuchEvent(): ProblemError {
  return new ProblemError({
    status: 404,
    title: 'Not found',
    detail: 'There is no such event, or it is no longer kept.',
  });
}
