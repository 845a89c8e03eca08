import {
  FORMAT_LENGTH_MAX,
  SOURCE_LENGTH_MAX,
  type RejectedCounts,
  type RejectionReason,
} from '@vigil/shared/contracts';
import { z } from 'zod';
import { invalidRequest, ProblemError } from '@vigil/shared/http/problem';
import { storableText } from '@vigil/shared/text/storable-text';
import { exceededBound } from './json-outline.ts';

export interface PushLimits {
  linesMax: number;
  /** Longest line that is kept, bytes. */
  lineBytesMax: number;
}

/** Lines of a push: kept ones as bytes, the others counted. */
export interface PushedLines {
  kept: Buffer[];
  rejected: RejectedCounts;
  source: string | undefined;
  batchId: string | undefined;
  format: string | undefined;
}

const text = (max: number) => z.string().min(1).max(max);
/** It stands in the job: a queue on PostgreSQL refuses some texts, and the same push must make the same ids in both modes. */
const keptText = (max: number) => text(max).transform(storableText);

/**
 * What may accompany pushed lines, in the JSON body or as query of a raw one. Strict: under a misspelt `batch_id` that is ignored, lines
 * that are sent again would count twice.
 */
const pushMetaSchema = z.strictObject({
  source: keptText(SOURCE_LENGTH_MAX).optional(),
  batch_id: text(128).optional(),
  format: keptText(FORMAT_LENGTH_MAX).optional(),
});

const pushSchema = pushMetaSchema.extend({
  lines: z.array(z.unknown(), { error: 'must be an array of strings, one log line each' }),
});

const NEWLINE = 0x0a;

/** Members of the body, or items where it is a list: more than any push has, also one with misspelt names. */
const MEMBERS_MAX = 64;
/** Of what stands in the place of a line and is no string, as many commas and brackets for each line that a push may have. */
const INNER_PER_LINE_MAX = 20;

/** What to do with what log shippers send as `application/json` that were not told otherwise. */
const AS_LINES = 'one entry a line goes as application/x-ndjson';

/** With JSON all of it stands in the body. */
const noMetaSchema = z.strictObject(
  {},
  {
    error: ({ code, keys }) =>
      code === 'unrecognized_keys' ? `belongs into the JSON body: ${(keys as string[]).join(', ')}` : undefined,
  },
);

/**
 * Lines of `{"lines": […]}`. What is not a string, is too long, or holds a line break inside is counted and left out; it does not
 * fail the others.
 * @throws ProblemError 413 or 422 (what would take long to parse before it is), ZodError (422) where the shape is wrong
 */
export function linesOfJson(body: Buffer, query: unknown, limits: PushLimits): PushedLines {
  noMetaSchema.parse(query ?? {});
  requireOutline(body, limits.linesMax);
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString('utf8'));
  } catch {
    throw invalidRequest(`The body is not JSON; ${AS_LINES}.`);
  }
  if (Array.isArray(parsed)) throw invalidRequest(`The body must be {"lines": […]}, and is a list; ${AS_LINES}.`);
  const { lines, source, batch_id: batchId, format } = pushSchema.parse(parsed);
  requireLines(lines.length, limits.linesMax);
  const kept: Buffer[] = [];
  const rejected: RejectedCounts = {};
  for (const line of lines) {
    const kind = typeof line === 'string' ? keep(Buffer.from(line), limits, kept) : 'not_a_string';
    if (kind !== undefined) rejected[kind] = (rejected[kind] ?? 0) + 1;
  }
  return { kept, rejected, source, batchId, format };
}

/**
 * Lines of a raw body, byte for byte, separated by newlines.
 * @throws ProblemError 413
 */
export function linesOfText(body: Buffer, query: unknown, limits: PushLimits): PushedLines {
  const { source, batch_id: batchId, format } = pushMetaSchema.parse(query ?? {});
  const kept: Buffer[] = [];
  const rejected: RejectedCounts = {};
  let lines = 0;
  for (let at = 0; at < body.length;) {
    const newline = body.indexOf(NEWLINE, at);
    const end = newline === -1 ? body.length : newline;
    lines += 1;
    requireLines(lines, limits.linesMax);
    const kind = keep(body.subarray(at, end), limits, kept);
    if (kind !== undefined) rejected[kind] = (rejected[kind] ?? 0) + 1;
    at = end + 1;
  }
  return { kept, rejected, source, batchId, format };
}

function keep(line: Buffer, limits: PushLimits, kept: Buffer[]): RejectionReason | undefined {
  const whole = line.at(-1) === NEWLINE ? line.subarray(0, -1) : line;
  if (whole.length > limits.lineBytesMax) return 'too_long';
  // It would be two lines in the batch and shift the places of all that follow.
  if (whole.includes(NEWLINE)) return 'unparsable';
  kept.push(whole);
  return undefined;
}

function requireOutline(body: Buffer, linesMax: number): void {
  const innerMax = INNER_PER_LINE_MAX * linesMax;
  switch (exceededBound(body, { membersMax: MEMBERS_MAX, linesMax, innerMax })) {
    case 'linesMax':
      throw tooManyLines(linesMax);
    case 'membersMax':
      // Or it is a list, as log shippers send it that were not told otherwise.
      throw invalidRequest(
        `The body must be {"lines": […]}; it is a list, or has far more names than may stand in it; ${AS_LINES}.`,
      );
    case 'innerMax':
      throw invalidRequest('lines: must be an array of strings, one log line each; these are lists or objects.');
    case undefined:
  }
}

function requireLines(lines: number, linesMax: number): void {
  if (lines > linesMax) throw tooManyLines(linesMax);
}

function tooManyLines(linesMax: number): ProblemError {
  const detail = `At most ${linesMax} lines are taken at once; split the batch.`;
  return new ProblemError({ status: 413, title: 'Too many lines', detail, lines_max: linesMax });
}
