import { dropInvisible } from './unicode.ts';

const NAMED: Record<string, string> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  tab: '\t',
  newline: '\n',
  colon: ':',
  semi: ';',
  lpar: '(',
  rpar: ')',
  lsqb: '[',
  rsqb: ']',
  lbrace: '{',
  lcub: '{',
  rcub: '}',
  sol: '/',
  bsol: '\\',
  period: '.',
  comma: ',',
  equals: '=',
  grave: '`',
  dollar: '$',
  excl: '!',
  num: '#',
  percnt: '%',
  plus: '+',
  ast: '*',
  verbar: '|',
  lowbar: '_',
  commat: '@',
  quest: '?',
  // Drawn as nothing.
  shy: '',
  zwj: '',
  zwnj: '',
  lrm: '',
  rlm: '',
};

const ENTITY = /&(?:#x0{0,60}([0-9a-f]{1,6});?|#0{0,60}(\d{1,7});?|([a-z]{2,8});)/gi;
const ENTITY_BARE = /&(lt|gt|quot)(?![a-z0-9;=])/gi;

/** Decodes HTML character references, also those without `;` that browsers accept. */
export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text
    .replace(ENTITY, (whole: string, hexDigits?: string, digits?: string, name?: string) => {
      if (name !== undefined) return NAMED[name.toLowerCase()] ?? whole;
      const code = hexDigits === undefined ? Number(digits) : Number.parseInt(hexDigits, 16);
      return code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)
        ? dropInvisible(String.fromCodePoint(code))
        : whole;
    })
    .replace(ENTITY_BARE, (_, name: string) => NAMED[name.toLowerCase()] ?? '');
}

const SINGLE: Record<string, string> = { n: '\n', r: '\r', t: '\t', '"': '"', "'": "'", '`': '`' };
const ESCAPE = /\\(?:u\{0{0,8}([0-9a-f]{1,6})\}|u([0-9a-f]{4})|x([0-9a-f]{2})|([0-3]?[0-7]{2})|([nrt"'`]))/gi;

/** Decodes JavaScript's escapes (`\u0061`, `\x61`, `\141`, `\n`, `\"`). */
export function decodeScriptEscapes(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(
    ESCAPE,
    (whole: string, braced?: string, four?: string, two?: string, octal?: string, single?: string) => {
      if (single !== undefined) return SINGLE[single.toLowerCase()] ?? single;
      const digits = braced ?? four ?? two;
      const code = digits === undefined ? Number.parseInt(octal ?? '0', 8) : Number.parseInt(digits, 16);
      return code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : whole;
    },
  );
}
