import { messageOf } from '@vigil/shared/text/message-of';
import { z } from 'zod';

/** Longest expression of a rule, characters, its parts put together. */
export const EXPRESSION_LENGTH_MAX = 4_000;

/** Each part stands by itself, so that none can close a group that another opened. */
const partSchema = z
  .string()
  .min(1)
  .superRefine((source, context) => {
    try {
      void new RegExp(source, 'i');
    } catch (error) {
      context.addIssue({ code: 'custom', message: messageOf(error) });
    }
  });

interface Group {
  before?: string | undefined;
  any_of: readonly (string | Group)[];
  after?: string | undefined;
}

const error = 'neither a regular expression, nor a list of alternatives, nor before, any_of and after';
const groupOf = <T extends z.ZodType<string | Group>>(alternative: T) =>
  z.strictObject({
    before: partSchema.optional(),
    any_of: z.array(alternative).min(1),
    after: partSchema.optional(),
  });
const groupSchema = groupOf(z.union([partSchema, groupOf(partSchema)], { error }));
const alternativeSchema = z.union([partSchema, groupSchema], { error });

/**
 * A regular expression as packs write it, read into one source text. A short one is a string. A longer one is a list of alternatives,
 * each with room for a comment, of which an earlier one is tried first; alternatives between a common beginning and a common end are
 * written as `{ before, any_of, after }`, of which one may stand in another.
 */
export const expressionSchema = z
  .union([partSchema, groupSchema, z.array(alternativeSchema).min(1)], { error })
  .transform((expression) => (Array.isArray(expression) ? anyOf(expression) : sourceOf(expression)))
  .pipe(z.string().max(EXPRESSION_LENGTH_MAX));

const anyOf = (alternatives: readonly (string | Group)[]): string => alternatives.map(sourceOf).join('|');

function sourceOf(part: string | Group): string {
  if (typeof part === 'string') return part;
  // Each end is a group of its own, as its alternatives would reach beyond it.
  return [part.before, anyOf(part.any_of), part.after].map((source) => (source ? `(?:${source})` : '')).join('');
}
