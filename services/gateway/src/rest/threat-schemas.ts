import { z } from 'zod';
import { alertFilterShape } from '@vigil/shared/alerts/alert-filter';
import { alertSeveritySchema, matchFieldSchema } from '@vigil/shared/contracts';

const INSTANT_MS_MIN = Date.parse('0001-01-01T00:00:00Z');
const INSTANT_MS_MAX = Date.parse('9999-12-31T23:59:59.999Z');

/** The offset's plus, as `date --iso-8601=seconds` has it, is a space where nobody encoded it in a query. */
const plusOfOffset = (given: unknown): unknown =>
  typeof given === 'string' ? given.replace(/ (?=\d\d:\d\d$)/, '+') : given;

/** A point in time in a query, within the years that ISO 8601 and PostgreSQL write alike. */
export const instant = z
  .preprocess(
    plusOfOffset,
    z.union([z.iso.datetime({ offset: true }), z.iso.date()], {
      error: 'must be like 2026-11-23T10:00:00Z or 2026-11-23',
    }),
  )
  .refine((text) => Date.parse(text) >= INSTANT_MS_MIN && Date.parse(text) <= INSTANT_MS_MAX, {
    error: 'must lie in the years 1 to 9999',
  })
  .describe('ISO 8601: 2026-11-23T10:00:00Z, or 2026-11-23 for its midnight in UTC.');

/** How many there are of something. */
export const count = z.number().int().nonnegative();

export const verdictSchema = z.enum(['true_positive', 'false_positive']);

export const reviewSchema = z
  .object({
    verdict: verdictSchema,
    note: z.string(),
    reviewer: z.string(),
    reviewed_at: z.iso.datetime(),
  })
  .meta({ id: 'Review' });

/** What `GET /threats` and the export select by. */
export const threatSelectionShape = {
  ...alertFilterShape,
  since: instant.optional().describe('First event time, inclusive; a day alone begins at midnight UTC.'),
  until: instant.optional().describe('Last event time, exclusive; a day alone begins at midnight UTC.'),
};
export const threatSelectionSchema = z.strictObject(threatSelectionShape);
export type ThreatSelection = z.infer<typeof threatSelectionSchema>;

export const threatListQuerySchema = z.strictObject({
  ...threatSelectionShape,
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().max(128).optional().describe('next_cursor of the page before.'),
});

/** A stored event in a list: the alert's fields (without `seq`) and what a table shows beside them. */
export const threatSchema = z
  .object({
    id: z.uuid(),
    timestamp: z.iso.datetime(),
    source: z.string(),
    source_ip: z.string(),
    request_method: z.string(),
    request_path: z.string(),
    status: z.number().int(),
    user_agent: z.string(),
    threat_score: z.number(),
    severity: alertSeveritySchema,
    component_scores: z.record(z.string(), z.number()),
    classes: z.array(z.string()),
    matched_rules: z.array(z.string()),
    verdict: verdictSchema.nullable(),
  })
  .meta({ id: 'Threat' });
export type Threat = z.infer<typeof threatSchema>;

export const threatListSchema = z
  .object({
    threats: z.array(threatSchema),
    next_cursor: z
      .string()
      .nullable()
      .describe(
        'Null at the end. A page may be short, even empty, and still have a next one: a page looks at a bounded number of events.',
      ),
  })
  .meta({ id: 'ThreatList' });

const matchSchema = z
  .object({
    rule: z.string(),
    class: z.string(),
    score: z.number(),
    field: matchFieldSchema,
    parameter: z.string().optional(),
    decoded: z.array(z.string()).describe('Decoders applied, outermost first.'),
    excerpt: z.string(),
    span: z.tuple([z.number(), z.number()]).describe('[start, end) of the match in the decoded text.'),
    line_span: z.tuple([z.number(), z.number()]).optional().describe('[start, end) of the field in line.'),
  })
  .meta({ id: 'Match' });

/** One event with everything that shows why. */
export const threatDetailSchema = threatSchema
  .extend({
    stored_at: z.iso.datetime(),
    position: z.number(),
    query: z.string(),
    bytes: z.number(),
    referer: z.string(),
    host: z.string(),
    line: z.string().describe('The log line.'),
    matches: z.array(matchSchema),
    window: z
      .record(z.string(), z.number())
      .nullable()
      .describe('The address in the minutes before: requests_1m, error_rate_5m, distinct_paths_5m, …'),
    rules_version: z.string(),
    review: reviewSchema.nullable(),
  })
  .meta({ id: 'ThreatDetail' });
export type ThreatDetail = z.infer<typeof threatDetailSchema>;
