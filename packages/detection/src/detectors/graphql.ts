import type { View } from '../views/view.ts';
import type { Detector, Signal } from './detector.ts';

const SIGNALS = ['flood'] as const;

/** What the arguments hold says nothing about how often something is asked for. */
const ARGUMENTS = /\([^()]{0,200}\)/g;
/** A field under another name, which ends where its own fields, the next field or the list ends; a comma also parts values of a map. */
const ALIAS = /(?<![\w$"':])(\w{1,20})\s{0,2}:\s{0,2}([a-z_]\w{0,39})(?=\s{0,4}[{}]|\s{1,4}[a-z_])/gi;
/** Aliases that a program counts up; people name what they ask for. */
const COUNTED = /^(?:[a-z]|[a-z_]{1,12}\d{1,4})$/i;
const ALIASES_MIN = 5;
const OPERATION = /\b(?:query|mutation|subscription)\s{1,4}\w{1,40}\s{0,4}\{/gi;
const OPERATIONS_MIN = 4;
const BATCHED = /\{\s{0,4}"query"\s{0,4}:/g;
const BATCH_MIN = 3;
/** Fields within fields within fields, each under one letter. */
const NESTED = /(?:(?<![\w$"':])[a-z]\s{0,2}:\s{0,2}[a-z_]\w{1,39}\s{0,2}\{\s{0,4}){3}/i;

const count = (text: string, pattern: RegExp) => (text.match(pattern) ?? []).length;

/** Finds queries of GraphQL that make a server do one thing many times for one request. */
export const graphql: Detector = {
  name: 'graphql',
  readsDocuments: true,
  signals: SIGNALS,
  gate: ['{'],
  gateWith: [':', 'query', 'mutation', 'subscription'],
  run({ text }: View): Signal[] {
    if (!text.includes('}')) return [];
    const plain = text.replace(ARGUMENTS, '');
    const floods =
      NESTED.test(plain) ||
      asksAgain(plain) ||
      count(plain, OPERATION) >= OPERATIONS_MIN ||
      (/^\s{0,4}\[/.test(text) && count(text, BATCHED) >= BATCH_MIN);
    return floods ? [{ name: 'flood', start: 0, end: Math.min(text.length, 200) }] : [];
  },
};

/** Whether one field is asked for under many aliases that were counted up. */
function asksAgain(text: string): boolean {
  const aliases = new Map<string, Set<string>>();
  for (const [, alias = '', field = ''] of text.matchAll(ALIAS)) {
    if (!COUNTED.test(alias)) continue;
    const known = aliases.get(field) ?? new Set();
    aliases.set(field, known.add(alias));
    if (known.size >= ALIASES_MIN) return true;
  }
  return false;
}
