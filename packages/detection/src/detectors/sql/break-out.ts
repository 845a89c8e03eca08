import type { Add } from './signals.ts';
import type { Token, Tokens } from './tokens.ts';

/** A comment right after the closed quote, which cuts the rest of the query off. */
export function readCut(tokens: Tokens, at: number, add: Add): void {
  const token = tokens.list[at] as Token;
  if (tokens.prefix.length > 48 || /\s\S{0,24}\s/.test(tokens.prefix)) return;
  // An empty comment behind the sign is for databases that do not know the sign.
  const rest = token.text
    .replace(/^(?:--|#|\/\*)/, '')
    .replace(/\/\*\s{0,4}\*\/\s{0,4}$/, '')
    .trim();
  const open = token.text.startsWith('/*');
  const short =
    rest === '' ||
    rest === '-' ||
    rest === '+' ||
    rest === '--' ||
    (rest.length <= 4 && token.text.startsWith('--') && token.text.startsWith('-- '));
  if (short || (open && rest.length <= 8)) add('comment-cut', Math.max(0, tokens.prefix.length), token.end);
}
