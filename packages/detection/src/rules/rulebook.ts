import { z } from 'zod';
import type { Suppression } from '../suppressions/suppression.ts';
import type { RulePack } from './rule-pack.ts';

const ruleSchema = z.object({
  id: z.string(),
  title: z.string(),
  class: z.string(),
  score: z.number(),
  fields: z.array(z.string()),
  cwe: z.number().optional(),
  capec: z.number().optional(),
  attack: z.string().optional(),
});

const suppressionSchema = z.object({
  id: z.string(),
  reason: z.string(),
  expires_at: z.string().optional(),
  rules: z.array(z.string()).optional(),
  classes: z.array(z.string()).optional(),
  path: z.string().optional(),
  parameter: z.string().optional(),
  cidrs: z.array(z.string()).optional(),
  agent: z.string().optional(),
});

/** What is looked for, and what is kept from alerting, as it is shown. Read-only: rules live in files, under review. */
export const rulebookSchema = z.object({
  packs: z.array(
    z.object({
      id: z.string(),
      version: z.string(),
      mode: z.string().describe('active, or shadow: evaluated and counted, never alerting.'),
      description: z.string(),
      rules: z.array(ruleSchema),
    }),
  ),
  suppressions: z.array(suppressionSchema).nullable().describe('Null where this gateway does not know them.'),
});
export type Rulebook = z.infer<typeof rulebookSchema>;

export interface KnownRules {
  packs: readonly RulePack[];
  shadowPacks: readonly RulePack[];
  /** Null where nobody here knows them. */
  suppressions: readonly Suppression[] | null;
}

/** Packs and suppressions as `GET /rules` shows them. */
export function toRulebook({ packs, shadowPacks, suppressions }: KnownRules): Rulebook {
  const shown = suppressions?.map(({ expiresAt, ...rest }) => ({
    ...rest,
    ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
  }));
  return {
    packs: [...packs.map((pack) => toPack(pack, 'active')), ...shadowPacks.map((pack) => toPack(pack, 'shadow'))],
    suppressions: shown ?? null,
  };
}

function toPack({ pack, version, description, rules }: RulePack, mode: string): Rulebook['packs'][number] {
  return {
    id: pack,
    version,
    mode,
    description,
    rules: rules.map(({ id, title, class: name, score, fields, cwe, capec, attack }) => ({
      id,
      title,
      class: name,
      score,
      fields: [...fields],
      cwe,
      capec,
      attack,
    })),
  };
}
