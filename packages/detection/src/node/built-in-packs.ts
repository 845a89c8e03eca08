import { readdirSync, readFileSync } from 'node:fs';
import { SIGNALS } from '../detectors/registry.ts';
import { parseRulePack } from '../rules/parse-rule-pack.ts';
import type { RulePack } from '../rules/rule-pack.ts';

const FOLDER = new URL('../../packs/', import.meta.url);
let packs: readonly RulePack[] | undefined;

/** The packs that come with Vigil, read once. Throws where one is not valid, which its tests rule out. */
export function builtInPacks(): readonly RulePack[] {
  packs ??= readdirSync(FOLDER)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => {
      const parsed = parseRulePack(readFileSync(new URL(name, FOLDER), 'utf8'), name, SIGNALS);
      if (parsed.ok) return parsed.pack;
      throw new Error(parsed.problems.map(({ file, line, reason }) => `${file}:${line}: ${reason}`).join('\n'));
    });
  return packs;
}
