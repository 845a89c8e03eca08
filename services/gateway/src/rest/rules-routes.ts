import { builtInPacks } from '@vigil/detection';
import { rulebookSchema, toRulebook } from '@vigil/detection/rules/rulebook';
import type { Logger } from '@vigil/shared/logging/logger';
import type { Api } from './api.ts';
import type { PipelineProviders } from './pipeline-status.ts';

/** `GET /rules`: what the composition says that scorers use, else the packs that come with this release. */
export function rulesRoutes(api: Api, providers: PipelineProviders, log: Logger): void {
  api.add({
    method: 'GET',
    path: '/rules',
    name: 'getRules',
    summary: 'Rule packs and suppressions, read-only',
    scope: 'read',
    response: rulebookSchema,
    handle: async () => {
      try {
        const rulebook = await providers.rulebook?.();
        if (rulebook !== undefined) return rulebook;
      } catch (err) {
        log.warn({ err }, 'the rules in use are not known');
      }
      return toRulebook({ packs: builtInPacks(), shadowPacks: [], suppressions: null });
    },
  });
}
