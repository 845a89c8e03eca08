import { addAbortSignal, Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { z } from 'zod';
import { ProblemError } from '@vigil/shared/http/problem';
import { within } from '@vigil/shared/lifecycle/answer-within';
import { retry, type RetryOptions } from '@vigil/shared/lifecycle/retry';
import type { Database } from '@vigil/shared/storage/database';
import { DatabaseAwayError } from '@vigil/shared/storage/database-errors';
import { printableJson } from '@vigil/shared/text/printable';
import type { Api } from './api.ts';
import { csvRecord } from './csv.ts';
import { giveUpSlow } from './give-up-slow.ts';
import { queryThreats, type ThreatCursor, type ThreatPage } from './threat-query.ts';
import { toThreat } from './threat-rows.ts';
import { threatSelectionShape, type Threat } from './threat-schemas.ts';

const PAGE_EVENTS = 500;
/** Exports at once: each holds a connection of the pool for much of its time. */
const EXPORTS_MAX = 3;
/** Of one key: who reads slowly, or asks again and again, keeps nobody else from theirs. */
const EXPORTS_PER_KEY_MAX = 2;
/** A client that does not take one piece within this time is given up: it would keep others from theirs. It may last up to twice as long. */
const STALL_MAX_MS = 30_000;
/** More than a response buffers, so that it tells of each piece when it is taken. */
const PIECE_BYTES = 128 * 1024;
/**
 * How often a page is asked for that PostgreSQL does not give in time, since an answer that has begun cannot say that it failed: what
 * PostgreSQL has read of it is cached the next time, and a restart is soon over.
 */
const PAGE_TRIES_MAX = 10;
/** An answer is silent for no longer than this: proxies take one for dead after a minute, or half of one. */
const SILENCE_MAX_MS = 10_000;
/**
 * This much of what is ready to be sent is held back, to be sent a byte at a time while nothing else comes: only the answer's own bytes
 * add nothing for a reader of CSV. More than its header row, which lasts for twenty minutes of finding nothing.
 */
const HELD_BYTES = 256;

/** What is sent once what was held back is used up. */
interface Fillers {
  /** Before the first text. */
  line: string;
  /** Before the last byte of a text, which ends its line. */
  blank: string;
}
/**
 * A space behind an object is nothing to any reader of JSON. Where there is no object yet, an empty line is what readers of NDJSON skip, if
 * they skip anything: a line of spaces, as is left where nothing is found, is an error to most that read line by line.
 */
const BLANKS: Fillers = { line: '\n', blank: ' ' };
const NO_FILLERS: Fillers = { line: '', blank: '' };

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

export interface ExportOptions {
  /** Ends exports under way: a client that does not read would hold up the stop. */
  signal: AbortSignal;
  stallMaxMs?: number;
  silenceMaxMs?: number;
  pageTriesMax?: number;
}

/** `GET /threats/export`: all that the filter lets through, newest first, page by page as fast as the client reads. */
export function exportRoutes(api: Api, database: Database, options: ExportOptions): void {
  const { signal, stallMaxMs = STALL_MAX_MS, silenceMaxMs = SILENCE_MAX_MS, pageTriesMax = PAGE_TRIES_MAX } = options;
  /** By the name of the key that asked for it. */
  const running: string[] = [];
  api.add({
    method: 'GET',
    path: '/threats/export',
    name: 'exportThreats',
    summary: 'Events as NDJSON or CSV, streamed',
    description: `Breaks off where less than ${PIECE_BYTES / 1_024} KiB are read of what is there in ${STALL_MAX_MS / 1_000} seconds to a minute, PostgreSQL stays away, or the gateway stops. While nothing is found a byte comes every ${SILENCE_MAX_MS / 1_000} seconds, as NDJSON a space at the end of a line, or an empty line before the first event.`,
    // It would read everything for an answer that is thrown away.
    withoutHead: true,
    scope: 'read',
    query: z.strictObject({ ...threatSelectionShape, format: z.enum(['ndjson', 'csv']).default('ndjson') }),
    contentTypes: ['application/x-ndjson', 'text/csv'],
    handle: async ({ query: { format, ...selection }, principal, request, reply }) => {
      // Behind an answer that does not end, such as a stream of alerts, it would hold its place for as long.
      if (reply.raw.socket === null)
        throw busy('Its connection has other answers to give first; ask on one of its own.');
      const key = principal?.name ?? '';
      if (running.filter((name) => name === key).length >= EXPORTS_PER_KEY_MAX)
        throw busy(`${EXPORTS_PER_KEY_MAX} exports of this key are running; try again when one is done.`);
      if (running.length >= EXPORTS_MAX) throw busy(`${EXPORTS_MAX} exports are running; try again when one is done.`);
      running.push(key);
      const giveThePlaceBack = (): void => void running.splice(running.indexOf(key), 1);
      const readPage = (unwanted: AbortSignal, after?: ThreatCursor): Promise<ThreatPage> =>
        database.cancellable(unwanted, (on) => queryThreats(on, selection, PAGE_EVENTS, after));
      const first = await readPage(request.signal).catch((error: unknown) => {
        giveThePlaceBack();
        throw error;
      });
      const unwanted = AbortSignal.any([signal, request.signal]);
      const pages = pagesFrom(first, (after) => readPage(unwanted, after), {
        signal: unwanted,
        triesMax: pageTriesMax,
        onRetry: (err) => request.log.warn({ err }, 'a page of an export could not be read; trying again'),
      });
      const fillers = format === 'csv' ? NO_FILLERS : BLANKS;
      const body = Readable.from(pieces(keptAlive(lines(pages, format), fillers, silenceMaxMs)));
      addAbortSignal(signal, reply.raw);
      const watch = giveUpSlow(reply.raw, stallMaxMs);
      const freeThePlace = async (): Promise<void> => {
        // The response may outlive the body, which is read ahead, and the body the response, by the page that it is reading.
        await Promise.allSettled([finished(body), finished(reply.raw)]);
        clearInterval(watch);
        giveThePlaceBack();
      };
      void freeThePlace();
      reply
        .type(format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson; charset=utf-8')
        .header('content-disposition', `attachment; filename="threats.${format}"`)
        .send(body);
      reply.raw.flushHeaders();
      return reply;
    },
  });
}

function busy(detail: string): ProblemError {
  return new ProblemError({ status: 503, title: 'Busy', detail }, { 'retry-after': '10' });
}

async function* pieces(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  for await (const bytes of chunks)
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
}

async function* pagesFrom(
  first: ThreatPage,
  readPage: (after: ThreatCursor) => Promise<ThreatPage>,
  { triesMax, ...options }: Pick<RetryOptions, 'signal' | 'onRetry'> & { triesMax: number },
): AsyncGenerator<ThreatPage, void> {
  let page = first;
  for (;;) {
    yield page;
    const { next } = page;
    if (next === undefined) return;
    let tries = 0;
    const read = (): Promise<ThreatPage> => {
      tries += 1;
      return readPage(next);
    };
    const isTransient = (error: unknown): boolean => error instanceof DatabaseAwayError && tries < triesMax;
    page = await retry(read, { ...options, isTransient });
  }
}

async function* lines(pages: AsyncIterable<ThreatPage>, format: 'ndjson' | 'csv'): AsyncGenerator<string, void> {
  if (format === 'csv') yield csvRecord([...COLUMNS, 'classes', 'matched_rules']);
  for await (const { rows } of pages)
    yield rows
      .map((row) => (format === 'csv' ? toCsv(toThreat(row)) : `${printableJson(JSON.stringify(toThreat(row)))}\n`))
      .join('');
}

/** The lines as bytes, with one at least in every `silenceMaxMs` for as long as what was held back lasts, and fillers then. */
async function* keptAlive(
  texts: AsyncGenerator<string, void>,
  { line, blank }: Fillers,
  silenceMaxMs: number,
): AsyncGenerator<Buffer, void> {
  let held = Buffer.alloc(0);
  let sentAtMs = performance.now();
  let next: Promise<IteratorResult<string, void>> | undefined;
  try {
    for (;;) {
      next ??= texts.next();
      const text = await within(next, Math.max(0, sentAtMs + silenceMaxMs - performance.now()), () => undefined);
      if (text?.done === true) break;
      if (text === undefined) {
        const isSpent = held.length === 0 || (held.length === 1 && blank !== '');
        if (isSpent) yield Buffer.from(held.length === 0 ? line : blank);
        else {
          yield held.subarray(0, 1);
          held = held.subarray(1);
        }
        sentAtMs = performance.now();
        continue;
      }
      next = undefined;
      if (text.value === '') continue;
      const bytes = Buffer.concat([held, Buffer.from(text.value)]);
      const end = Math.max(0, bytes.length - HELD_BYTES);
      held = bytes.subarray(end);
      // All of it is held back: nothing was sent.
      if (end === 0) continue;
      yield bytes.subarray(0, end);
      sentAtMs = performance.now();
    }
    yield held;
  } finally {
    await texts.return();
  }
}

function toCsv(threat: Threat): string {
  return csvRecord([...COLUMNS.map((name) => threat[name]), threat.classes.join(' '), threat.matched_rules.join(' ')]);
}
