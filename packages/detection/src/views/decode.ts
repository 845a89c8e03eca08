import { decodeEntities, decodeScriptEscapes } from './escapes.ts';
import { percentDecode } from './percent.ts';
import { decodeUtf8, foldLookalikes } from './unicode.ts';

/** Rounds of percent decoding; more than three are never needed by a client. */
const PERCENT_ROUNDS_MAX = 4;
/** Rounds of percent decoding and then folding look-alikes and overlong forms, after which what is left stays. */
const FOLD_ROUNDS_MAX = 4;

export type Decoded = {
  text: string;
  /** Decoders applied, outermost first. */
  chain: string[];
  /** The text after HTML and script escapes, where these change it. */
  unescaped?: { text: string; chain: string[] };
};

/** Whatever any decoder changes but a plus, which most texts have nothing of. */
const CODED = /[%&\\\x00-\x08\x0b\x0e-\x1f\x7f-\uffff]/;
/** What is neither drawn nor white space of a text, within a word; filters drop it after they have looked, and so do some servers. */
const SPLITS_WORD = /(?<=[a-z])[\x00-\x08\x0b\x0e-\x1f\x7f]{1,4}(?=[a-z])/gi;
/** Any of these, which is found in a fraction of the time. */
const UNDRAWN = /[\x00-\x08\x0b\x0e-\x1f\x7f]/;
const NON_ASCII = /[\x80-\uffff]/;

/**
 * Decodes Latin-1 text to a fixpoint, as the most lenient server would read it.
 * `plus`: `+` is a space, as in a query.
 */
export function decodeText(raw: string, plus: boolean): Decoded {
  const chain: string[] = [];
  let text = raw;
  if (plus && text.includes('+')) {
    text = text.replaceAll('+', ' ');
    chain.push('plus');
  }
  if (!CODED.test(text)) return { text, chain };
  // Folding may complete an escape: `%2²` is `%22`; an overlong form within another does so a round later.
  for (let round = 0; round < FOLD_ROUNDS_MAX; round += 1) {
    const before = text;
    text = unicode(percentRounds(text, chain), chain);
    if (text === before || !text.includes('%')) break;
  }
  const further: string[] = [];
  let unescaped = UNDRAWN.test(text) ? text.replace(SPLITS_WORD, '') : text;
  if (unescaped !== text) further.push('control');
  for (let round = 0; round < 2; round += 1) {
    const before = unescaped;
    const plain = decodeEntities(unescaped);
    if (plain !== unescaped) further.push('html');
    unescaped = decodeScriptEscapes(plain);
    if (unescaped !== plain) further.push('script');
    if (unescaped === before) break;
    unescaped = percentRounds(unescaped, further);
  }
  if (further.length === 0) return { text, chain };
  return { text, chain, unescaped: { text: unescaped, chain: [...chain, ...further] } };
}

function percentRounds(text: string, chain: string[]): string {
  let current = text;
  for (let round = 0; round < PERCENT_ROUNDS_MAX; round += 1) {
    const next = percentDecode(current);
    if (next === current) break;
    chain.push('percent');
    current = next;
  }
  return current;
}

function unicode(text: string, chain: string[]): string {
  if (!NON_ASCII.test(text)) return text;
  const utf8 = decodeUtf8(text);
  if (utf8.text !== text) chain.push(utf8.overlong ? 'overlong' : 'utf8');
  const folded = foldLookalikes(utf8.text);
  if (folded !== utf8.text) chain.push('fold');
  return folded;
}
