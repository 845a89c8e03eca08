import { readdirSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { SIGNALS } from '../detectors/registry.ts';
import { parseRulePack, type PackProblem } from '../rules/parse-rule-pack.ts';
import type { RulePack } from '../rules/rule-pack.ts';
import { parseSuppressions } from '../suppressions/parse-suppressions.ts';
import type { Suppression } from '../suppressions/suppression.ts';
import { builtInPacks } from './built-in-packs.ts';

/** Everything that decides how requests are judged, ready for `createEngine`. */
export type FolderRules = {
  packs: readonly RulePack[];
  shadowPacks: readonly RulePack[];
  suppressions: readonly Suppression[];
  /** Why a file was refused in the last reading; what it said before still holds. */
  problems: readonly PackProblem[];
};

const SUPPRESSIONS = 'suppressions.yaml';
/** Editors write a file in several steps: a change is read this long after the last of them. */
const SETTLE_MS = 100;

/**
 * An operator's folder of rules: `*.yaml` are packs beside the built-in ones (a pack with a built-in pack's id stands in for it),
 * `shadow/*.yaml` are shadow packs, `suppressions.yaml` lists suppressions. A file that is not valid is refused, and what it said
 * before stays in force until it is valid again or gone.
 */
export class RulesFolder {
  readonly #folder: string;
  readonly #packs = new Map<string, RulePack>();
  #suppressions: readonly Suppression[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Reads the folder. Throws only where the folder itself cannot be read. */
  read(): FolderRules {
    const problems: PackProblem[] = [];
    const files = [
      ...yamlFiles(this.#folder, true),
      ...yamlFiles(join(this.#folder, 'shadow'), false).map((name) => `shadow/${name}`),
    ];
    for (const known of this.#packs.keys()) if (!files.includes(known)) this.#packs.delete(known);
    if (!files.includes(SUPPRESSIONS)) this.#suppressions = [];
    for (const file of files) {
      const text = readFileSync(join(this.#folder, file), 'utf8');
      if (file === SUPPRESSIONS) {
        const parsed = parseSuppressions(text, file);
        if (parsed.ok) this.#suppressions = parsed.suppressions;
        else problems.push(...parsed.problems);
        continue;
      }
      const parsed = parseRulePack(text, file, SIGNALS);
      if (!parsed.ok) problems.push(...parsed.problems);
      else if (this.#isTaken(parsed.pack.pack, file)) {
        problems.push({ file, line: 1, reason: `pack ${parsed.pack.pack} is also in another file` });
      } else this.#packs.set(file, parsed.pack);
    }
    const own = [...this.#packs].filter(([file]) => !file.startsWith('shadow/')).map(([, pack]) => pack);
    const names = new Set(own.map((pack) => pack.pack));
    return {
      packs: [...builtInPacks().filter((pack) => !names.has(pack.pack)), ...own],
      shadowPacks: [...this.#packs].filter(([file]) => file.startsWith('shadow/')).map(([, pack]) => pack),
      suppressions: this.#suppressions,
      problems,
    };
  }

  /** Calls back with the folder's rules after each change; the function that it returns stops that. */
  watch(onChange: (rules: FolderRules) => void, onError: (error: unknown) => void): () => void {
    let timer: NodeJS.Timeout | undefined;
    const changed = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        try {
          onChange(this.read());
        } catch (error) {
          onError(error);
        }
      }, SETTLE_MS);
    };
    const watcher = watch(this.#folder, { recursive: true }, changed);
    watcher.on('error', onError);
    return () => {
      clearTimeout(timer);
      watcher.close();
    };
  }

  #isTaken(pack: string, file: string): boolean {
    const shadow = file.startsWith('shadow/');
    return [...this.#packs].some(
      ([other, known]) => other !== file && other.startsWith('shadow/') === shadow && known.pack === pack,
    );
  }
}

function yamlFiles(folder: string, required: boolean): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    if (required) throw error;
    return [];
  }
}
