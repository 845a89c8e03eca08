import { anyOf, anyWord, pattern } from '../../text/regex.ts';

/** What developers and administrators run all day. */
const DAILY = anyOf(
  anyWord('ls pwd cd mkdir npm npx yarn pnpm git make cmake tar unzip docker'),
  /pip3?|apt(?:-get)?|brew|chmod|\.\/[\w.-]{1,40}/i,
  anyWord('history wc sort head tail grep less jq xargs kubectl systemctl service cargo go mvn gradle node'),
  /python3?|ps|df|du|echo|cat/i,
);

/** Commands of daily work in a row, as people quote them: the first needs no value before it, and none reads or fetches what is not the user's own. */
export const SESSION = pattern`^\s{0,4}(?:(?:sudo\s{1,4})?${DAILY}(?![\w-])(?![^|&;\n]{0,200}(?:\/(?:etc|proc|root|bin|tmp|dev\/tcp)\b|https?:|\s-[ce]\s(?!\/\w)|\$))[\w\s./~:@=,"'+*{}[\]-]{0,120}(?:&&|\|{1,2}|$)\s{0,4}){1,6}$`;

/** A command of daily work between backticks among words, as people write code into texts. */
const QUOTED_CODE = pattern`(?<![^\s([])\`{1,2}(?:(?:sudo\s)?${DAILY}|rm|mv|cp|touch)(?![\w-])(?![^\`]{0,80}(?:\/(?:etc|proc|root|bin|tmp|dev\/tcp)\b|https?:|\s-[ce]\s|[$;|&<>]))[^\`\n]{0,80}\`{1,2}(?=[\s.,:;!?)\]]|$)`;
const PLAIN_WORD = /(?:^|\s)[a-z]{2,}(?=[\s.,:;!?]|$)/gi;

/** Words around what is quoted as code that make a text prose. */
const PROSE_WORDS_MIN = 4;

/** Whether a text that quotes code is prose otherwise. */
export const isProse = (text: string): boolean =>
  (text.replace(/`[^`\n]{0,80}`/g, ' ').match(PLAIN_WORD) ?? []).length >= PROSE_WORDS_MIN;

/** Whether a text tells what something is set to, in code: that it is `true`, which does nothing as a command. */
export const isValue = (name: string, text: string): boolean =>
  (name === 'true' || name === 'false') && /[a-z]{2}/i.test(text.replace(/`[^`\n]{0,80}`/g, ''));

/** A text that people write, without the code that they quote in it. */
export function withoutQuotedCode(text: string): string {
  const rest = text.replace(new RegExp(QUOTED_CODE, 'gi'), ' ');
  return (rest.match(PLAIN_WORD) ?? []).length >= 2 ? rest : text;
}
