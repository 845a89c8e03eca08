import { z } from 'zod';
import { numbersByName } from './numbers-by-name.ts';
import { alertSeveritySchema } from './severity.ts';
import { eventTimeMs } from './times.ts';

/** Where in a request a rule matched. */
export const matchFieldSchema = z.enum([
  'method',
  'path',
  'query',
  'param_name',
  'param_value',
  'referer',
  'user_agent',
  'host',
  'header',
  'remote_user',
  'request_line',
  'status',
  'window',
]);
export type MatchField = z.infer<typeof matchFieldSchema>;

const span = z.custom<[number, number]>(
  (value) =>
    Array.isArray(value) && value.length === 2 && Number.isSafeInteger(value[0]) && Number.isSafeInteger(value[1]),
);

/** One piece of evidence. */
export const ruleMatchSchema = z.object({
  /** Rule id, `SQL_INJECTION` or `sqli-union-select`: stable across releases. */
  rule: z.string(),
  /** Base class: one of the seed's names or a later one (`SQL_INJECTION`, `XSS`, …). */
  class: z.string(),
  /** The rule's own score, 0..1. */
  score: z.number(),
  field: matchFieldSchema,
  /**
   * As queued and stored: the field, if earlier releases do not know it; `field` is then `request_line`, which they do know. A field
   * that this release does not know is left out.
   */
  laterField: matchFieldSchema.optional().catch(undefined),
  /** Parameter's name where the field is a parameter. */
  parameter: z.string().optional(),
  /** Decoders applied, outermost first (`percent`, `percent`, `html`); empty: as logged. */
  decoded: z.array(z.string()),
  /** What matched, after decoding; at most 200 characters. */
  excerpt: z.string(),
  /** [start, end) of the matching text within the decoded view. */
  span,
  /** [start, end) in `line` of the field that it came from; absent for windows and status. */
  lineSpan: span.optional(),
});
export type RuleMatch = z.infer<typeof ruleMatchSchema>;

/** Per-IP behaviour at the time of the request, in event time. */
export const windowFeaturesSchema = z.object({
  requests1m: z.number(),
  requests5m: z.number(),
  requests10m: z.number(),
  /** Share of 4xx and 5xx in 5 minutes, 0..1. */
  errorRate5m: z.number(),
  distinctPaths5m: z.number(),
  /** Distinct status codes in 5 minutes. */
  distinctStatuses5m: z.number(),
  meanBytes5m: z.number(),
  /** Shannon entropy of the methods in 5 minutes, bits. */
  methodEntropy5m: z.number(),
  pathDepthVariance5m: z.number(),
  distinctUserAgents10m: z.number(),
  /** Mean and standard deviation of the time between requests in 10 minutes, seconds. */
  interRequestMeanSeconds10m: z.number(),
  interRequestDeviationSeconds10m: z.number(),
});
export type WindowFeatures = z.infer<typeof windowFeaturesSchema>;

/** A request that reached MEDIUM, in full. Text fields are Unicode, unlike those of `ParsedRequest`. */
export const scoredRequestSchema = z.object({
  /** UUID derived from source, fingerprint and position; see `lineId`. */
  id: z.uuid(),
  source: z.string(),
  position: z.number().int().nonnegative(),
  timestampMs: eventTimeMs,
  sourceIp: z.string(),
  method: z.string(),
  /** Path without query, as logged. */
  path: z.string(),
  /** Query without `?`, as logged; empty where there is none. */
  query: z.string(),
  status: z.number().int(),
  bytes: z.number(),
  referer: z.string(),
  userAgent: z.string(),
  host: z.string(),
  score: z.number().min(0).max(1),
  severity: alertSeveritySchema,
  /** Score's parts: one entry per class (its best rule's score) and per adjustment. */
  componentScores: numbersByName,
  /** Base classes, strongest first. */
  classes: z.array(z.string()),
  /** Rule ids, strongest first. */
  matchedRules: z.array(z.string()),
  matches: z.array(ruleMatchSchema).max(64),
  window: windowFeaturesSchema.optional(),
  /** The log line, at most 8 KiB. */
  line: z.string(),
  /** Version stamp of the rule packs that scored it. */
  rulesVersion: z.string(),
});
export type ScoredRequest = z.infer<typeof scoredRequestSchema>;
