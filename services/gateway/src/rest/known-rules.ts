import type { RulePack, Suppression } from '@vigil/detection';
import type { Rulebook } from './rules-routes.ts';

/** Packs and suppressions as `GET /rules` shows them. */
export function toRulebook(
  packs: readonly RulePack[],
  suppressions: readonly Suppression[] | null,
  modeOf: (pack: string) => 'active' | 'shadow' = () => 'active',
): Rulebook {
  return {
    packs: packs.map(({ pack, version, description, rules }) => ({
      id: pack,
      version,
      mode: modeOf(pack),
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
    })),
    suppressions:
      suppressions?.map(({ expiresAt, ...rest }) => ({
        ...rest,
        ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
      })) ?? null,
  };
}
