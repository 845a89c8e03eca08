import type { JsonObject } from './json-text.ts';

/** Kinds of objects that are remembered: those of a writer differ by the keys that a line has none for. */
const KINDS_MAX = 32;

/**
 * The same answer for objects that have the same keys at their top in the same order, as the lines of one writer have. Comparing them
 * costs a fraction of looking one hundred and fifty keys up.
 */
export function rememberedByKeys<Answer>(
  answer: (keys: ReadonlySet<string>) => Answer,
): (object: JsonObject) => Answer {
  const kinds: { keys: readonly string[]; answer: Answer }[] = [];
  let next = 0;
  return (object) => {
    const keys = Object.keys(object);
    for (const kind of kinds) if (isSame(kind.keys, keys)) return kind.answer;
    const kind = { keys, answer: answer(new Set(keys)) };
    kinds[next] = kind;
    next = (next + 1) % KINDS_MAX;
    return kind.answer;
  };
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  if (some.length !== others.length) return false;
  for (let at = 0; at < some.length; at += 1) if (some[at] !== others[at]) return false;
  return true;
}
