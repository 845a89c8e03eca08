import type { EmbeddedText } from './embedded-text.ts';

/** Pairs as a form has them. */
const FORM = /^[\w.[\]-]{1,64}=[^&=]{0,2000}&[\w.[\]-]{1,64}=/;
const PAIRS_MAX = 32;
/** Shorter values hold no attack. */
const VALUE_LENGTH_MIN = 3;

/** Values of a form, or of the query of a URL, with their names. */
export function pairsIn(text: string): EmbeddedText[] {
  const isForm = FORM.test(text);
  const query = isForm ? -1 : queryStart(text);
  if (query === -1 && !isForm) return [];
  const texts: EmbeddedText[] = [];
  for (const pair of text.slice(query + 1).split('&', PAIRS_MAX)) {
    const equals = pair.indexOf('=');
    if (equals > 0 && equals < pair.length - VALUE_LENGTH_MIN)
      texts.push({ decoder: 'url', text: pair.slice(equals + 1), name: pair.slice(0, equals) });
  }
  return texts;
}

/** Where the query of a text that is a URL begins, or -1. */
export function queryStart(text: string): number {
  const query = text.indexOf('?');
  if (query === -1 || query >= 512) return -1;
  return /^(?:[a-z][a-z0-9+.-]{1,12}:)?\/|^[\w./-]{0,512}$/i.test(text.slice(0, query) || '/') ? query : -1;
}
