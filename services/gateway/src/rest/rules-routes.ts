import { builtInPacks } from '@vigil/detection';
import { z } from 'zod';
import type { Logger } from '@vigil/shared/logging/logger';
import type { Api } from './api.ts';
import { toRulebook } from './known-rules.ts';
import type { PipelineProviders } from './pipeline-status.ts';

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

/** What `GET /rules` says: what is looked for, and what is kept from alerting. Read-only: rules live in files, under review. */
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

/** `GET /rules`: what the composition says that scorers use, else the packs that come with this release. */
export function rulesRoutes(api: Api, providers: PipelineProviders, log: Logger): void {
  api.add({
    method: 'GET',
    path: '/rules',
    summary: 'Rule packs and suppressions, read-only',
    scope: 'read',
    response: rulebookSchema,
    handle: async () => {
      try {
        if (providers.rulebook !== undefined) return await providers.rulebook();
      } catch (err) {
        log.warn({ err }, 'the rules in use are not known');
      }
      return toRulebook({ packs: builtInPacks(), shadowPacks: [], suppressions: null });
    },
  });
}
