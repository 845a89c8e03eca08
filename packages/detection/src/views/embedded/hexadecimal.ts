import { words } from '../../text/words.ts';
import type { EmbeddedText } from './embedded-text.ts';

/** Digits of a text in hexadecimal, as MySQL and programs write it. */
const HEXADECIMAL = /^(?:0x|\\x)?((?:[2-7][\da-f]|0[9ad]){6,4096})$/i;
/**
 * Of what attacks are made of, in hexadecimal: a text that holds none is left alone. Ordinary requests are full of such digits, and hardly
 * any of them holds as many in a row by chance.
 */
export const HEXADECIMAL_SIGNS: readonly string[] = words(
  `<script <svg <img onload= onerror= alert( script: <?php system( select SELECT union UNION sleep( SLEEP( concat( /etc/ /bin/ ../../
  ..\\..\\ passwd file:// php:// http:// https:// ldap:// jndi: whoami _class__ {{7*7 \${7*7`,
)
  .concat([' or 1', ' OR 1', "' or ", "' OR ", ' and 1', ' AND 1', 'cat /', 'ping -', 'curl ', 'wget ', 'sleep '])
  .map((text) => Buffer.from(text).toString('hex'));

/** The text of a value in hexadecimal; undefined where it holds none of the signs. */
export function hexadecimalTexts(value: string): EmbeddedText[] | undefined {
  const digits = HEXADECIMAL.exec(value)?.[1]?.toLowerCase();
  if (digits === undefined || !HEXADECIMAL_SIGNS.some((sign) => digits.includes(sign))) return undefined;
  return [{ decoder: 'hex', text: Buffer.from(digits, 'hex').toString('latin1') }];
}
