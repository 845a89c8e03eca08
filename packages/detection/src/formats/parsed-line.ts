import type { ParsedRequest, RejectionReason } from '@vigil/shared/contracts';

/**
 * Most bytes that a response is said to have had: a petabyte. A log may hold any digits; those beyond what a number holds would be
 * Infinity, which JSON cannot carry and a mean never recovers from.
 */
export const BYTES_MAX = 1e15;

/** A line as a request, or why it is none. */
export type ParsedLine =
  { readonly ok: true; readonly request: ParsedRequest } | { readonly ok: false; readonly reason: RejectionReason };

const REJECTIONS = new Map<RejectionReason, ParsedLine>();

/** The rejection with this reason; one shared object each, as floods of garbage should cost little. */
export function rejected(reason: RejectionReason): ParsedLine {
  let known = REJECTIONS.get(reason);
  if (known === undefined) {
    known = Object.freeze({ ok: false, reason });
    REJECTIONS.set(reason, known);
  }
  return known;
}

/** [start, end) of fields in the raw line, quotes excluded; a field that the line lacks is absent. */
export type FieldSpans = Partial<Record<SpannedField, readonly [number, number]>>;
export type SpannedField = 'request' | 'target' | 'status' | 'referer' | 'userAgent' | 'host' | 'remoteUser' | 'header';
