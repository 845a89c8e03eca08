import { words } from './words.ts';

/*
 * Large regular expressions out of named parts, each with room for a word on why it is there. They are put together once, when a module
 * loads, and match as fast as if they were written in one line.
 */

/**
 * Any of the alternatives; an earlier one is tried first. A group that one of them captures counts through all of them.
 * @throws TypeError where flags differ: one expression cannot follow both
 */
export function anyOf(...alternatives: readonly RegExp[]): RegExp {
  return new RegExp(alternatives.map(({ source }) => source).join('|'), commonFlags(alternatives));
}

/**
 * Any of the names, which white space parts, in the order given. Without regard to case unless `flags` say otherwise.
 * @throws TypeError where a name holds anything but letters, digits, `_` and `-`
 */
export function anyWord(names: string, flags = 'i'): RegExp {
  const alternatives = words(names);
  for (const word of alternatives) if (!/^[\w-]+$/.test(word)) throw new TypeError(`${word} is no plain name`);
  return new RegExp(alternatives.join('|'), flags);
}

/**
 * A regular expression around others: pattern`^${names}\s?=` is read as written, and each part is a group of its own, so that its
 * alternatives end where it does. Its flags are those of its parts. A backtick is written with a backslash, which is then dropped.
 * @throws TypeError where flags of parts differ
 */
export function pattern(texts: TemplateStringsArray, ...parts: readonly RegExp[]): RegExp {
  const sources = parts.map(({ source }) => `(?:${source})`);
  const raw = texts.raw.map((text) => text.replaceAll('\\`', '`'));
  return new RegExp(String.raw({ raw }, ...sources), commonFlags(parts));
}

function commonFlags(parts: readonly RegExp[]): string {
  const [flags = '', other] = new Set(parts.map((part) => part.flags));
  if (other !== undefined) throw new TypeError(`one expression cannot have the flags "${flags}" and "${other}"`);
  return flags;
}
