import { rulebookSchema } from '@vigil/detection/rules/rulebook';
import { WINDOW_CLASSES, WINDOW_RULES } from '@vigil/detection/windows/behaviour';
import { STATUS_CLASS, STATUS_RULES } from '@vigil/detection/windows/status-evidence';
import { alertFilterSchema } from '@vigil/shared/alerts/alert-filter';
import { UserError } from '../exit.ts';
import { restUrl } from '../server-address.ts';

/** As the gateway reads them. */
const namesSchema = alertFilterSchema.pick({ class: true, rule: true });

const ANSWER_MAX_MS = 5_000;

interface Wanted {
  url: string;
  class?: string[];
  rule?: string[];
  /** Where the stream begins, if not with what comes now. */
  after?: number;
}

/**
 * Refuses classes and rules that no alert can have: a stream of them would wait for ever. Only tells of them where alerts from before are
 * asked for, which rules may have given that are gone, and where the gateway does not say which rules are in use, as to a key that may
 * only stream.
 * @throws UserError
 */
export async function checkNames({ url, after, ...wanted }: Wanted, key: string): Promise<void> {
  // What the gateway would refuse has no names, and is left to it.
  const { class: classes = [], rule: rules = [] } = namesSchema.safeParse(wanted).data ?? {};
  if (classes.length + rules.length === 0) return;
  const inUse = await rulesInUse(url, key);
  const known = inUse ?? (await import('@vigil/detection')).builtInPacks().flatMap((pack) => pack.rules);
  const knownClasses = new Set([...known.map((rule) => rule.class), ...WINDOW_CLASSES, STATUS_CLASS]);
  const knownRules = new Set([...known.map((rule) => rule.id), ...WINDOW_RULES, ...STATUS_RULES]);
  const problems = [
    ...classes
      .filter((name) => !knownClasses.has(name))
      .map((name) => `No rule has the class ${name}; there are ${[...knownClasses].sort().join(', ')}.`),
    ...rules
      .filter((id) => !knownRules.has(id))
      .map((id) => `There is no rule ${id}; "vigil rules list" names those that come with Vigil.`),
  ];
  if (problems.length === 0) return;
  if (inUse !== undefined && after === undefined) throw new UserError(problems.join('\n'));
  const hope =
    inUse === undefined
      ? 'Unless the gateway has rules of its own, no alert will come of it.'
      : 'Only alerts from before may have it.';
  for (const problem of problems) console.error(`-- ${problem} ${hope}`);
}

/** Undefined where the gateway does not answer, or the key may not ask: the stream itself says so. */
async function rulesInUse(gateway: string, key: string): Promise<{ id: string; class: string }[] | undefined> {
  try {
    const signal = AbortSignal.timeout(ANSWER_MAX_MS);
    const response = await fetch(restUrl(gateway, 'rules'), {
      headers: { 'x-api-key': key },
      redirect: 'error',
      signal,
    });
    const rulebook = rulebookSchema.safeParse(await response.json());
    return rulebook.data?.packs.flatMap((pack) => pack.rules);
  } catch {
    return undefined;
  }
}
