import type { RulePack, Suppression } from '@vigil/detection';
import type { Rulebook } from './rules-routes.ts';

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
