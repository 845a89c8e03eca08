import { createEngine, type Engine, type PackProblem } from '@vigil/detection';
import { builtInRules, loadRules, problemText, rulesFingerprint, type RuleSet } from './load-rules.ts';

/** The engine of the moment, and what it was made from. */
export interface EngineSource {
  current(): Engine;
  /** The same object until the rules change. */
  rules(): RuleSet;
  /**
   * Looks for changed rules until the returned function is called. A change that is not valid leaves the engine as it is.
   */
  watch?(listener: EngineListener): () => void;
}

export interface EngineListener {
  onReload: (engine: Engine) => void;
  onRefused: (problems: readonly PackProblem[]) => void;
}

export interface EngineSourceOptions {
  /** Folder with the operator's rules; without it there are the built-in ones alone. */
  rulesDir?: string | undefined;
  /** How often the folder is looked at: polling sees a Kubernetes ConfigMap being swapped, which file events do not. */
  pollIntervalMs?: number;
}

/** The operator's rules are not valid, and there are none from before to go on with. */
export class RulesError extends Error {
  override readonly name = 'RulesError';

  constructor(problems: readonly PackProblem[]) {
    super(problems.map(problemText).join('\n'));
  }
}

/**
 * An engine on the built-in packs and a folder's.
 * @throws RulesError where the folder's rules are not valid
 */
export function createEngineSource(options: EngineSourceOptions = {}): EngineSource {
  const { rulesDir, pollIntervalMs = 2_000 } = options;
  if (rulesDir === undefined) {
    const rules = builtInRules();
    const engine = createEngine(rules);
    return { current: () => engine, rules: () => rules };
  }
  let fingerprint = rulesFingerprint(rulesDir);
  const first = loadRules(rulesDir);
  if (!first.ok) throw new RulesError(first.problems);
  let { engine, rules } = first;
  return {
    current: () => engine,
    rules: () => rules,
    watch: (listener) => {
      const timer = setInterval(() => {
        const seen = rulesFingerprint(rulesDir);
        if (seen === fingerprint) return;
        fingerprint = seen;
        const loaded = loadRules(rulesDir);
        if (!loaded.ok) {
          listener.onRefused(loaded.problems);
          return;
        }
        ({ engine, rules } = loaded);
        listener.onReload(engine);
      }, pollIntervalMs);
      timer.unref();
      return () => clearInterval(timer);
    },
  };
}
