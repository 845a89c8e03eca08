import { matchFieldSchema } from '@vigil/shared/contracts';
import { z } from 'zod';
import { expressionSchema } from './expression.ts';

/** Fields of a request that a rule may read. */
export const ruleFieldSchema = matchFieldSchema.exclude(['status', 'window']);
export type RuleField = z.infer<typeof ruleFieldSchema>;

/** What `any_header` in a rule stands for: all that a client says of itself beside the URL. */
const ANY_HEADER: readonly RuleField[] = ['referer', 'user_agent', 'host', 'header', 'remote_user'];
const ruleFieldsSchema = z
  .array(z.union([ruleFieldSchema, z.literal('any_header')]))
  .min(1)
  .transform((names) => names.flatMap((name) => (name === 'any_header' ? ANY_HEADER : [name])));

/**
 * Kinds of view: `raw` is the field as logged, `decoded` is after percent, Unicode and look-alike folding, `unescaped` is after
 * HTML and JavaScript escapes too, `embedded` is text found inside a value (base64, JWT, JSON, nested URL).
 */
const viewKindSchema = z.enum(['raw', 'decoded', 'unescaped', 'embedded']);
export type ViewKind = z.infer<typeof viewKindSchema>;

/** An example request: a bare string is a target; the other fields may be given instead. Text is Unicode, sent as UTF-8. */
const ruleExampleSchema = z.union([
  z.string(),
  z.strictObject({
    method: z.string().optional(),
    target: z.string().optional(),
    referer: z.string().optional(),
    user_agent: z.string().optional(),
    header: z.string().optional(),
    remote_user: z.string().optional(),
  }),
]);
export type RuleExample = z.infer<typeof ruleExampleSchema>;

const ID = /^[a-z][a-z0-9-]{2,63}$/;
const CLASS = /^[A-Z][A-Z0-9_]{2,40}$/;
/**
 * A rule's gate literals must not contain white space: `or ` would miss `or%09`. `<space>` stands for any white space or control
 * character, `<control>` for any of them but a space, `<break>` for a line break, `<non-ascii>` for any character past ASCII.
 */
const GATE = /^[\x21-\x7e]{1,64}$/;
const gateSchema = z.array(z.string().regex(GATE, 'visible ASCII; write white space as <space>').toLowerCase()).min(1);

const metadata = {
  id: z.string().regex(ID, 'lower-case words joined by hyphens'),
  title: z.string().min(3).max(160),
  class: z.string().regex(CLASS, 'upper-case words joined by underscores'),
  /** CWE number, as in https://cwe.mitre.org/. */
  cwe: z.number().int().positive(),
  /** CAPEC number, as in https://capec.mitre.org/. */
  capec: z.number().int().positive(),
  /** ATT&CK technique. */
  attack: z.string().regex(/^T\d{4}(\.\d{3})?$/, 'a technique such as T1190'),
  /** 0..1; under 0.5 the rule is weak evidence and never alerts alone. */
  score: z.number().min(0.05).max(1),
  fields: ruleFieldsSchema,
  views: z.array(viewKindSchema).min(1).default(['decoded', 'unescaped', 'embedded']),
  /** False: not on text that reads like a search phrase or a question, where the same words are innocent. */
  prose: z.boolean().default(true),
  /** False: not in a parameter that holds what people search for, where bits of code are as likely a question. */
  search: z.boolean().default(true),
  /** False: not on the pages of a code repository, which show files by names that no other site should answer to. */
  repository: z.boolean().default(true),
  /** Parameters, in lower case, in which the rule does not count, as what it finds belongs there; brackets behind a name are no part of it. */
  not_in: z.array(z.string().regex(/^[a-z][\w-]{0,63}$/, 'a name in lower case')).default([]),
  references: z.array(z.url()).default([]),
  examples: z.strictObject({
    positive: z.array(ruleExampleSchema).min(1),
    negative: z.array(ruleExampleSchema).min(1),
  }),
};

export const regexRuleSchema = z.strictObject({
  ...metadata,
  /** JavaScript regular expression, matched without regard to case; quantifiers must be bounded. */
  regex: expressionSchema,
  /** Lower-case texts of which one must be in whatever the expression matches; checked before the expression runs. */
  gate: gateSchema,
  /** Where given, texts of which one must be there as well: narrows a gate of texts that ordinary requests are full of. */
  gate_with: gateSchema.optional(),
});

export const detectorRuleSchema = z.strictObject({
  ...metadata,
  /** Structural detector and signal, `sql.union-select`. */
  detect: z.string().regex(/^[a-z]+\.[a-z0-9-]+$/, 'detector.signal'),
});

const ruleSchema = z.union([regexRuleSchema, detectorRuleSchema]);
export type RegexRule = z.infer<typeof regexRuleSchema>;
export type DetectorRule = z.infer<typeof detectorRuleSchema>;
export type Rule = RegexRule | DetectorRule;

export const rulePackSchema = z.strictObject({
  pack: z.string().regex(ID),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  description: z.string().default(''),
  rules: z.array(ruleSchema).min(1),
});
export type RulePack = z.infer<typeof rulePackSchema> & {
  /** Hash of the pack's text. */
  readonly hash: string;
};
