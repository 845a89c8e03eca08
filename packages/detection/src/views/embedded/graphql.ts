import type { EmbeddedText } from './embedded-text.ts';

/** A document of GraphQL, by its first field. */
const GRAPHQL = /^(?:(?:query|mutation|subscription)\b[^{}]{0,200})?\{\s{0,8}[a-z_]\w{0,60}\s{0,8}[({:]/i;
/** A text that a field takes, and the name that it goes by. */
const ARGUMENT = /([a-z_]\w{0,40})\s{0,4}:\s{0,4}"((?:[^"\\]|\\.){1,2000})"/gi;

/** Texts that a document of GraphQL passes to its fields; undefined where it is none. */
export function graphqlTexts(text: string): EmbeddedText[] | undefined {
  if (!text.includes('{') || !GRAPHQL.test(text)) return undefined;
  return Array.from(text.matchAll(ARGUMENT), ([, name, passed = '']) => ({ decoder: 'graphql', text: passed, name }));
}
