import { anyOf, anyWord, pattern } from '../../text/regex.ts';
import type { View } from '../../views/view.ts';
import { Found, type Detector, type Signal } from '../detector.ts';
import { Hinted } from '../hinted.ts';
import { isPlainImage } from '../plain-image.ts';
import { readCalls } from './call.ts';
import { hidesName, INDIRECT } from './indirect.ts';
import { SIGNALS, type Add } from './signals.ts';
import { readUri } from './uri.ts';

/** The word, whatever stands between its letters. */
const SCRIPT =
  /s[\s\x00-\x1f\\/*]{0,12}c[\s\x00-\x1f\\/*]{0,12}r[\s\x00-\x1f\\/*]{0,12}i[\s\x00-\x1f\\/*]{0,12}p[\s\x00-\x1f\\/*]{0,12}t/i;
const MEMBER = anyWord(`cookie domain location body forms documentelement write referrer innerhtml outerhtml execcommand
  localstorage opener name`);
/** A member that tells of the page or rewrites it, used as code uses one: set, called, joined, or the last of all. */
const DOCUMENT = pattern`(?:document|window|self|top|parent|this|location)\s{0,2}(?:\.|\[\s{0,2}["'\`])\s{0,2}${MEMBER}\b\s{0,4}(?:["'\`]\s{0,2}\])?\s{0,4}(?:[=+)\];\`}.,[(]|$)`;
/** A member by its name in quotes. */
const BY_BRACKET = anyOf(
  /[)\]]\s{0,4}\[\s{0,4}["'`](?:cookie|domain|location|body|alert|eval|\$)/i,
  /\b(?:self|window|top|parent|document)\s{0,4}\[\s{0,4}["'`]\\?[$\w]{1,20}["'`]\s{0,4}\]/i,
);
/** Beginnings of code without letters: an array or its negation coerced. */
const COERCED =
  /\+!{1,2}\[\]|!\[\]\s{0,2}\+\s{0,2}\[\]|\[\]\s{0,2}\+\s{0,2}\[\]\s{0,2}[)[+]|\[\+!\+\[\]\]|\(!\[\]\s\[\]\)\s?\[|^\s?!!\[\]|\[\s!\s\[\]\]/;
const SYMBOLS = /(?:[[\](){}!+~$_;:=."'/\\,*-]\s{0,2}){28,}/;

/** A function, or a loop, with its body. */
const FUNCTION = new Hinted(
  /\bfunction\s{0,4}\w{0,40}\s{0,4}\([\w\s,]{0,80}\)\s{0,4}\{(?!\s{0,8}\})|=>\s{0,4}\{|\(\)\s{0,2}=>|\bfor\s{0,4}\([^()]{1,60};[^()]{1,60};[^()]{0,40}\)\s{0,4}\{|\bwhile\s{0,4}\([^()]{1,60}\)\s{0,4}\{/i,
  ['{', '=>'],
);
/** A document that the URL itself holds, of a kind that runs script. */
const DATA = new Hinted(
  /(?:^|[=("'`;,\s])data:\s{0,4}(?:text\/(?:html|xml|javascript)|application\/(?:javascript|xhtml\+xml|xml|x-javascript)|image\/svg[+ ]xml(?!;base64,\s{0,2}[\w+/ =-]{8,8192}(?:$|&))|;base64|,)[^\s]{0,80}/i,
  ['data:'],
);

/** What opens the gate by itself; white space needs something to split or to follow. */
const GATE_MARKS = [
  ...String.raw`script: script# constructor \ /* ( ${'`'} [ document. window. self. top. parent. this. location. data: __define __lookup location=
  innerhtml= onerror= onerror: .call .apply .bind .valueof )?. /.source =alert =eval =prompt =confirm srcdoc= ${'$'}{alert ${'$'}{eval ${'$'}{prompt ${'$'}{confirm <control>`.split(
    /\s+/,
  ),
  // A library called behind a quote and what ends or joins a value.
  ...[`'`, '"'].flatMap((quote) =>
    [',', ';', '+', '-'].flatMap((sign) => [`${quote}${sign}jquery`, `${quote}${sign}$`]),
  ),
];
const GATE_SPLIT =
  'script new<space> throw <space>= =<space> <space>. location innerhtml onerror srcdoc alert eval prompt confirm jquery $. <space>source t: <space>:'.split(
    ' ',
  );

/** Finds JavaScript by what only code has: sinks called where prose has no call, members of the document, code without letters. */
export const script: Detector = {
  name: 'script',
  signals: SIGNALS,
  gate: [...GATE_MARKS, '<space>'],
  gateWith: [...GATE_MARKS, ...GATE_SPLIT],
  run(view: View): Signal[] {
    const { text } = view;
    const found = new Found();
    const add: Add = (name, start, end) => {
      found.add(name, start, Math.min(end, text.length));
    };
    if (SCRIPT.test(text)) readUri(text, view.field === 'path' || view.field === 'referer', add);
    const isCall = text.includes('(') || text.includes('`');
    if (isCall) readCalls(text, view.isQuery, add);
    const indirect = INDIRECT.exec(text);
    if (indirect !== null) add('indirect-call', indirect.index, indirect.index + indirect[0].length);
    const body = isCall ? FUNCTION.exec(text) : null;
    if (body !== null) add('function', body.index, body.index + body[0].length);
    const hasList = text.includes('[');
    if ((isCall || hasList) && hidesName(text)) add('indirect-call', 0, text.length);
    const coerced = hasList ? COERCED.exec(text) : null;
    if (coerced !== null) add('symbol-code', coerced.index, coerced.index + coerced[0].length);
    readDocument(text, add);
    const symbols = text.length > 40 ? SYMBOLS.exec(text) : null;
    if (symbols !== null && isSymbolCode(symbols[0]))
      add('symbol-code', symbols.index, symbols.index + symbols[0].length);
    const data = DATA.exec(text);
    if (
      data !== null &&
      /^data:/i.test(data[0].trim().replace(/^[=("'`;,]/, '')) &&
      /[,;]/.test(data[0]) &&
      !isPlainImage(view)
    )
      add('data-uri', data.index, data.index + data[0].length);
    return found.signals;
  },
};

/** A member of the page that is read, set or called. */
function readDocument(text: string, add: Add): void {
  const bare = text.includes('/*') ? withoutComments(text) : text;
  if (bare !== text && (DOCUMENT.test(bare) || INDIRECT.test(bare))) add('document', 0, text.length);
  if (bare.includes('[') && BY_BRACKET.test(bare)) add('document', 0, text.length);
  const member = DOCUMENT.exec(text);
  if (member === null) return;
  const isProse = /(?<![a-z])[a-z]{2,}\s{1,4}[a-z]{2,}\s{1,4}$/i.test(text.slice(0, member.index));
  const isWhole = /^[\w.\s]{1,80}$/.test(text);
  add(isProse || isWhole ? 'document-name' : 'document', member.index, member.index + member[0].length);
  if (isWhole && member[0].length >= text.trim().length) add('document-whole', 0, text.length);
}

/** Whether signs in a row are code: brackets, what works on them, and more than a ruled line has. */
const isSymbolCode = (signs: string): boolean =>
  /[[(]/.test(signs) && /\]|\)/.test(signs) && /[!+$=]/.test(signs) && new Set(signs).size >= 4;

/** The text as a script engine reads it: without comments, and without spaces around what follows a name. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[^*]{0,80}\*\//g, '').replace(/\s{1,8}(?=[.[(])|(?<=[.[(])\s{1,8}/g, '');
}
