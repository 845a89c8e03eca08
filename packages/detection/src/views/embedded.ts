import { decodeText } from './decode.ts';
import { anyOf, anyWord, pattern } from '../text/regex.ts';
import { words } from '../text/words.ts';
import { hasMixedRun } from './char-marks.ts';
import { isSearchParameter } from './search-phrase.ts';
import { changedView, type View } from './view.ts';

/** A plus may have been read as a space. */
const BASE64 = /^[A-Za-z0-9+/_ -]{12,8192}={0,2}$/;
/** Base64 beside a label or a signature: `base64:…`, `v1.…`, `…--4e5f`. */
const BASE64_RUN = /(?:[A-Za-z0-9+/_]|-(?!-)){16,8192}={0,2}/g;
const BASE64_RUNS_MAX = 4;
const BASE64_LENGTH_MIN = 16;
/** Digits of a text in hexadecimal, as MySQL and programs write it. */
const HEXADECIMAL = /^(?:0x|\\x)?((?:[2-7][\da-f]|0[9ad]){6,4096})$/i;
const JWT = /^eyJ[A-Za-z0-9_-]{6,4096}\.[A-Za-z0-9_-]{6,8192}(?:\.[A-Za-z0-9_-]{0,2048})?$/;
/** A document of GraphQL, by its first field. */
const GRAPHQL = /^(?:(?:query|mutation|subscription)\b[^{}]{0,200})?\{\s{0,8}[a-z_]\w{0,60}\s{0,8}[({:]/i;
/** A text that a field takes, and the name that it goes by. */
const ARGUMENT = /([a-z_]\w{0,40})\s{0,4}:\s{0,4}"((?:[^"\\]|\\.){1,2000})"/gi;
/** Where the value of a member ends: before the next one, or with the text. */
const MEMBER_END = /(?=\s{0,4}(?:[}\]]|,\s{0,4}["'\w}]|$))/;
/**
 * A member of an object that is no JSON, as it was cut off, has single quotes or a comma too many: its name, and a text in quotes or, behind
 * a name in double ones, whatever stands there.
 */
const MEMBER = new RegExp(
  pattern`${anyOf(/"([^"\\]{1,64})"/, /'([^'\\]{1,64})'/, /(?<![\w$"'])([A-Za-z_$][\w$]{0,63})/)}\s{0,4}:\s{0,4}${anyOf(
    pattern`"((?:[^"\\]|\\[^]){1,2000})${anyOf(pattern`"${MEMBER_END}`, /$/)}`,
    pattern`'((?:[^'\\]|\\[^]){1,2000})${anyOf(pattern`'${MEMBER_END}`, /$/)}`,
    pattern`(?<="\s{0,4}:\s{0,4})(?![\s"'])([^{}[\]"]{1,400}?)${MEMBER_END}`,
  )}`,
  'g',
);
/** A text in an element of XML, and the element's name. */
const ELEMENT = /<([a-z_][\w:.-]{0,60})(?:\s[^<>]{0,400})?>([^<]{2,2000})(?=<\/)/gi;
/** Elements of HTML, in which people write of anything. */
const HTML_NAME = pattern`^${anyWord(`a abbr article aside b bdi big blockquote body button caption center cite code dd del details dfn div dl dt em
  figcaption figure font footer form h1 h2 h3 h4 h5 h6 head header html i ins kbd label legend li main mark nav ol option p pre q s samp
  script section select small span strike strong style sub summary sup svg table tbody td text textarea tfoot th thead title tr tt u ul var`)}$`;
/** Pairs as a form has them. */
const FORM = /^[\w.[\]-]{1,64}=[^&=]{0,2000}&[\w.[\]-]{1,64}=/;
/** What is in no plain member of a list. */
const ODD_CHARACTER = /[^\w.,-]/;
/** The last such character and what stands behind it. */
const ODD_END = /[^\w.,-][\w.,-]*$/;
/** A member that is a text in quotes, or a word, a measure or two words with one sign, as lists have them: `3=6`, `5'`, `'%a%'`. */
const ORDINARY_MEMBER = /^\s?(?:[\w.-]{0,40}\s?(?:["']{1,2}|[=<>]{1,2}|--)\s?[\w.]{0,40}|'[^']{0,80}'|"[^"]{0,80}")$/;
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
/** Keys and strings of a document that are read, and views of one value with all that is in it. */
const LEAVES_MAX = 96;
const VIEWS_MAX = 192;

/**
 * Views of what is inside a value: base64, hexadecimal and JWT that hold text, JSON's strings, elements of XML, texts that a document of
 * GraphQL passes, parameters of a nested URL, fields of a form, a member of a list.
 */
export function embeddedViews(base: View, depth = 0): View[] {
  if (depth > 2 || base.text.length < 4) return [];
  const views: View[] = [];
  const add = (text: string, decoder: string, name = base.name) => {
    if (views.length >= LEAVES_MAX || text === base.text) return;
    const inner = decodeText(text, decoder === 'url');
    const view = changedView(base, {
      kind: 'embedded',
      decoded: [...base.decoded, decoder, ...inner.chain],
      text: inner.text,
      name,
      // A string within a document is a text of its own, not a document.
      json: decoder !== 'json' && isDocument(inner.text),
    });
    views.push(view);
    if (inner.unescaped !== undefined) {
      const { unescaped } = inner;
      views.push(changedView(view, { decoded: [...base.decoded, decoder, ...unescaped.chain], text: unescaped.text }));
    }
  };
  readEmbedded(base, add);
  if (views.length === 0) return views;
  // Outer ones first, so that what is deep inside does not keep from view what is not.
  return [...views, ...views.flatMap((view) => embeddedViews(view, depth + 1))].slice(0, VIEWS_MAX);
}

function readEmbedded(base: View, add: (text: string, decoder: string, name?: string) => void): void {
  const trimmed = base.text.trim();
  const first = trimmed[0];
  if (first === 'e' && JWT.test(trimmed) && hasMixedRun(trimmed)) {
    for (const segment of trimmed.split('.').slice(0, 2)) {
      const text = decodeBase64(segment);
      if (text !== undefined) add(text, 'jwt');
    }
    return;
  }
  if ((first === '{' || first === '[') && trimmed.length <= 8192) {
    const leaves = jsonLeaves(trimmed, base.name);
    for (const leaf of leaves ?? []) add(leaf.text, 'json', leaf.name);
    if (leaves !== undefined) return;
  }
  if (trimmed.includes('{') && GRAPHQL.test(trimmed)) {
    for (const [, name, text = ''] of trimmed.matchAll(ARGUMENT)) add(text, 'graphql', name);
    return;
  }
  if (first === '{' || first === '[') {
    for (const [, double, single, bare, text, quoted, open] of trimmed.slice(0, 8192).matchAll(MEMBER))
      add((text ?? quoted ?? open ?? '').replace(/\\(["'\\/])/g, '$1'), 'json', double ?? single ?? bare);
    return;
  }
  if (first === '<') {
    for (const [, element = '', text = ''] of trimmed.slice(0, 8192).matchAll(ELEMENT))
      if (!HTML_NAME.test(element)) add(text, 'xml', isSearchParameter(base.name) ? base.name : element);
  }
  const digits = HEXADECIMAL.exec(trimmed)?.[1]?.toLowerCase();
  if (digits !== undefined && HEXADECIMAL_SIGNS.some((sign) => digits.includes(sign))) {
    add(Buffer.from(digits, 'hex').toString('latin1'), 'hex');
    return;
  }
  if (BASE64.test(trimmed) && hasMixedRun(trimmed)) {
    const text = decodeBase64(trimmed.replaceAll(' ', '+'));
    if (text !== undefined) {
      add(text, 'base64');
      return;
    }
  }
  const data =
    first === 'd' || first === 'D' ? /^data:[^,]{0,64};base64,([A-Za-z0-9+/ ]{8,8192})/i.exec(trimmed) : null;
  if (data !== null) {
    const text = decodeBase64((data[1] ?? '').replaceAll(' ', '+'));
    if (text !== undefined) add(text, 'base64');
  } else if (hasMixedRun(trimmed)) for (const text of besideLabels(trimmed)) add(text, 'base64');
  // What is left of a list is not read as one again: it may be as long as the list, and would be read twice more each time.
  if (!base.decoded.includes('list')) for (const member of oddMembers(base.text)) add(member, 'list');
  const isForm = FORM.test(trimmed);
  const query = isForm ? -1 : queryStart(trimmed);
  if (query === -1 && !isForm) return;
  for (const pair of trimmed.slice(query + 1).split('&', 32)) {
    const equals = pair.indexOf('=');
    if (equals > 0 && equals < pair.length - 3) add(pair.slice(equals + 1), 'url', pair.slice(0, equals));
  }
}

/** Texts in base64 that are a part of a value. A slash is a sign of base64, and parts the steps of a path, too. */
function besideLabels(value: string): string[] {
  return (value.match(BASE64_RUN) ?? []).slice(0, BASE64_RUNS_MAX).flatMap((run) => {
    for (const part of run.includes('/') ? [run, ...run.split('/', BASE64_RUNS_MAX)] : [run]) {
      const text = part.length >= BASE64_LENGTH_MIN && hasMixedRun(part) ? decodeBase64(part) : undefined;
      if (text !== undefined) return [text];
    }
    return [];
  });
}

/** Whether a member of a list is no text of its own: a plain one, an operator, one in quotes or an expression of one sign. */
export const isOrdinaryMember = (text: string): boolean =>
  /^(?:[\w.-]*|[^\w\s"']{1,3})$/.test(text) || ORDINARY_MEMBER.test(text);

/** What stands behind the plain members that a list begins with, as in `4,7,8) or sleep(5`, with and without those behind it. */
function oddMembers(text: string): string[] {
  const start = text.lastIndexOf(',', text.search(ODD_CHARACTER)) + 1;
  if (start === 0) return [];
  const rest = text.slice(start);
  const end = rest.indexOf(',', rest.search(ODD_END));
  const alone = end === -1 ? rest : rest.slice(0, end);
  return isOrdinaryMember(alone) ? [] : [...new Set([rest, alone])];
}

/** Where the query of a text that is a URL begins, or -1. */
export function queryStart(text: string): number {
  const query = text.indexOf('?');
  if (query === -1 || query >= 512) return -1;
  return /^(?:[a-z][a-z0-9+.-]{1,12}:)?\/|^[\w./-]{0,512}$/i.test(text.slice(0, query) || '/') ? query : -1;
}

/** Whether a text is a JSON document whose keys and strings are all read by themselves. */
export function isDocument(text: string): boolean {
  const first = text.trimStart()[0];
  if (first !== '{' && first !== '[') return false;
  const leaves = jsonLeaves(text);
  return leaves !== undefined && leaves.length < LEAVES_MAX;
}

/** Text of a base64 value, or nothing where the bytes are not text. The first bytes decide for nearly every random id. */
function decodeBase64(value: string): string | undefined {
  const head = Buffer.from(value.slice(0, 16), 'base64');
  for (const byte of head) if (!isText(byte)) return undefined;
  const bytes = Buffer.from(value, 'base64');
  let odd = 0;
  for (const byte of bytes) if (!isText(byte)) odd += 1;
  return odd * 20 > bytes.length ? undefined : bytes.toString('latin1');
}

const isText = (byte: number) => (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** A key or a string of a JSON text, and the name of the field that it is or stands in. */
type Leaf = { text: string; name: string | undefined };

/** Keys that say how a field is compared, not what it is; those of a search for a part of it are names of a search themselves. */
const COMPARES = /^[$_]{0,2}(?:eq|ne|in|nin|match|value|\d{1,3})$/i;

/** Keys and strings of a JSON text, or nothing where it is not JSON. `name` is that of the parameter that holds it. */
function jsonLeaves(text: string, name?: string): Leaf[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const leaves: Leaf[] = [];
  const stack: [node: unknown, name: string | undefined][] = [[value, name]];
  for (let item = stack.pop(); item !== undefined && leaves.length < LEAVES_MAX; item = stack.pop()) {
    const [node, within] = item;
    if (typeof node === 'string') leaves.push({ text: toBytes(node), name: within });
    else if (Array.isArray(node))
      stack.push(
        ...node.slice(0, LEAVES_MAX).map((child: unknown) => [child, within] as [unknown, string | undefined]),
      );
    else if (typeof node === 'object' && node !== null) {
      for (const [key, child] of Object.entries(node).slice(0, LEAVES_MAX)) {
        leaves.push({ text: toBytes(key), name: within });
        stack.push([child, COMPARES.test(key) ? within : key]);
      }
    }
  }
  return leaves;
}

/** Back to one code unit per byte, the form that decoders read. */
function toBytes(text: string): string {
  return /[^\x00-\x7f]/.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}
