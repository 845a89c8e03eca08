import { anyOf, anyWord, pattern } from '../text/regex.ts';
import type { View } from '../views/view.ts';
import { Found, type Detector, type Signal } from './detector.ts';
import { Hinted, HintedAny } from './hinted.ts';
import { isPlainImage } from './plain-image.ts';

const SIGNALS = [
  'uri',
  'uri-prose',
  'call',
  'call-prose',
  'document',
  'document-name',
  'document-whole',
  'indirect-call',
  'symbol-code',
  'function',
  'data-uri',
] as const;

const URI = /(?:^|[=("'`;/,#@>\s[{?&|-])(?:java|vb|live|j|ecma)script[:#]/gi;
/** What follows the colon is code and not prose: a call, an assignment, a member, a comment, a string, an escape. */
const URI_CODE = /^(?:\/\/|\/\*|[%"'`[({!+\\;<]|[\w$.]{1,60}(?:[([`=;]|$)|void\b|\*\/|https?:)/i;
/** What links and buttons of old pages do: go back, print, close. */
const PAGE_CONTROL =
  /^\s{0,4}(?:(?:window|self|parent|top|history)\.)?(?:back|go|forward|print|close|history\.(?:back|go|forward))\(\s{0,2}-?\d{0,2}\s{0,2}\);?\s{0,4}(?:$|["'>])(?!.{0,200}(?:alert|prompt|confirm|eval|document|[<>]))/i;
/** What no page calls its own functions. */
const NOT_OWN = anyOf(
  anyWord('alert prompt confirm eval settimeout setinterval function fetch import atob'),
  /write(?:ln)?|msgbox|execscript/i,
);
const PLAIN_VALUE = /-?\d{1,9}|this|true|false|null|'[\w ./:$-]{0,80}'/i;
/** A call of the page's own function with plain arguments, which crawlers take for a URL. */
const PAGE_CALL = pattern`^(?!${NOT_OWN}\s{0,2}\()[a-z_$][\w$]{1,40}\(\s{0,2}(?:${PLAIN_VALUE}\s{0,2},?\s{0,2}){0,6}\);?\s{0,4}$`;
/** Conditions of a list in a service desk, which the server replaces by the date or user that they call. */
const LIST_CONDITION = /^gs\.[a-z]\w{2,40}\(/i;
/** Functions that run code, show a box, ask for more or write the page. */
const SINK = anyOf(
  anyWord(
    `alert prompt confirm eval settimeout setinterval setimmediate execscript msgbox function atob btoa fetch import`,
    'gi',
  ),
  /\$\.getscript|\$\.globaleval|string\.fromcharcode|fromcharcode|importscripts|geturl|navigator\.sendbeacon/gi,
  /document\.write(?:ln)?|document\.create(?:element|stylesheet)|write(?:ln)?|open|print/gi,
);
/** What stands before a name in code: a sign that ends no sentence, a statement's end, an object, a word of the language. */
const BEFORE_CALL = anyOf(
  /^|[^\w\s.$]/gi,
  /[^\w\s)\].?!,;]\s{1,4}/gi,
  /[;}{]\s{0,8}/gi,
  /\b(?:window|self|top|parent|this|globalthis|frames|document|content|return|new|void|typeof|throw|delete|else|await)[.\s]{1,3}(?:\w{1,12}\.){0,3}/gi,
  /\.\w{1,60}\s{1,3}in\s{1,3}/gi,
);
/** A sink called as code: nothing that prose has stands before the name. */
const CALL = pattern`${BEFORE_CALL}(${SINK})\s{0,4}(?:\/\*.{0,40}\*\/|\/\/[^\n]{0,40}\n)?[\x00-\x20]{0,4}(?:\?\.)?([(\`])`;
/** Calls looked at per text, and the text around each that is read. */
const CALLS_MAX = 24;
const AROUND = 160;
const STRONG_NAMES =
  /^(?:alert|prompt|confirm|eval|msgbox|execscript|document\.write(?:ln)?|string\.fromcharcode|fromcharcode|atob|\$\.getscript|\$\.globaleval|geturl|document\.create(?:element|stylesheet))$/i;
const TIMER = /^set(?:timeout|interval|immediate)$/;
/** A template literal right behind a name that holds a call, and so is no code that words are set around. */
const TEMPLATE_CODE = /^\w[\w.]{0,40}\s{0,2}(?:\(|\\x28|\\u0028|\\50|\$\{)[^`]{0,100}`/i;
const MEMBER = anyWord(`cookie domain location body forms documentelement write referrer innerhtml outerhtml execcommand
  localstorage opener name`);
/** A member that tells of the page or rewrites it, used as code uses one: set, called, joined, or the last of all. */
const DOCUMENT = pattern`(?:document|window|self|top|parent|this|location)\s{0,2}(?:\.|\[\s{0,2}["'\`])\s{0,2}${MEMBER}\b\s{0,4}(?:["'\`]\s{0,2}\])?\s{0,4}(?:[=+)\];\`}.,[(]|$)`;
/** Hints: functions that run code or show that it ran, global objects and what holds them, what stands behind a call and behind a member. */
const SINKS = ['alert', 'prompt', 'confirm', 'eval', 'print'];
const GLOBALS = ['window', 'self', 'top', 'parent', 'this', 'frames', 'content', 'document', 'constructor'];
const BEHIND_CALL = [')(', ')?.', ')`', ')<space>', ')<non-ascii>'];
const BEHIND_BRACKET = ['](', '][', '].', ']`', ']<space>', ']<non-ascii>'];
/** Behind a name that a text quotes between backticks: the end, or words of the text. */
const BEHIND_QUOTED = /\]|[.,;:!?)]{0,2}(?:$|\s{1,3}(?:[a-z]{1,20}(?:[\s.,:;]|$)|[`*|#-]))/i;
/** From the backtick on that ends such a name, and so begins no template literal. */
const QUOTED_END = pattern`(?<=\`[^\`\n]{1,80}\`)(?:${BEHIND_QUOTED})`;
const QUOTED_HERE = new RegExp(QUOTED_END.source, 'iy');
/** A function reached or called in a way that hides its name, or given to something that calls it. */
const INDIRECT = new HintedAny(
  // A member of a global object by a name that is put together.
  [
    // Not a link as Markdown has it, behind a word: `this [page](https://…)`; nor what a text has between brackets: `content [official] (2024)`.
    /\b(?:window|self|top|parent|this|globalthis|frames|content|document|constructor)\s{0,4}\[(?!(?<=\s\[)(?:[^\]"'+]{1,120}\]\((?:https?:|mailto:|\.{1,2}\/|#)|\[?(?!name\])(?:\d{1,3}|[\w :,.-]{2,60})\]{1,2}\s{1,3}\()).{1,120}?\]\s{0,4}[(`[]/i,
    GLOBALS,
    BEHIND_BRACKET,
  ],
  // A function out of an empty array's methods: `[]['find']['constructor']`.
  [
    /\[\s{0,4}\]\s{0,2}(?:\.|\[).{0,40}?(?:\.\s{0,2}(?:call|constructor|find|sort|map|filter|with|at)|["'`]\])/i,
    ['['],
    BEHIND_BRACKET,
  ],
  [/\w\s{0,2}\.\s{0,2}(?:call|apply)\s{0,2}`/i, ['`'], ['call', 'apply']],
  [/\bconstructor\s{0,4}(?:\.|\[\s{0,4}["'`])\s{0,4}constructor|\.constructor\s{0,4}\(/i, ['constructor']],
  [/\(\s{0,4}["'`][^"'`]{1,200}["'`]\s{0,4}\)\s{0,4}\(/i, ['("', "('", '(`', '(<space>', '(<non-ascii>'], BEHIND_CALL],
  // Code in a template literal, which `Function` compiles without brackets.
  [pattern`\bfunction\s{0,4}\`(?!${QUOTED_END})(?=[^\`]{0,120}[($\\])`, ['function'], ['`']],
  [/\[\s{0,4}["'`]fromcharcode["'`]\s{0,4}\]/i, ['fromcharcode'], ['[']],
  // A sink that is called otherwise than by brackets right behind its name.
  [
    pattern`\b(?:alert|prompt|confirm|eval|print)\s{0,4}(?:\.(?:call|apply|bind|valueof)\b|\)\s{0,4}(?:\(|\?\.|\`)|\s{0,2}\`(?!${QUOTED_END}))`,
    SINKS,
    ['.call', '.apply', '.bind', '.valueof', ')?.', '`', ...BEHIND_CALL],
  ],
  [
    /new\s{1,4}(?:xmlhttprequest|activexobject|image|websocket|function|eventsource)\s{0,4}[(`;]/i,
    ['new<space>', 'new<non-ascii>'],
    ['request', 'activex', 'image', 'websocket', 'function', 'eventsource'],
  ],
  // What runs once it is set.
  [
    /\b(?:onerror|location|innerhtml|srcdoc)\s{0,4}=\s{0,4}["'`]?(?:(?:alert|eval|prompt|confirm|document|window|atob|name)(?:[.(`[;]|$)|javascript:|`)/i,
    ['onerror', 'location', 'innerhtml', 'srcdoc'],
    ['='],
  ],
  // A sink handed over as a value: to a method, a variable, a handler, an accessor.
  [
    /\.(?:find(?:last)?(?:index)?|map|flatmap|filter|some|every|foreach|sort|reduce(?:right)?|then|replace)\s{0,2}\(\s{0,2}(?:["'`/].{0,40},\s{0,4})?(?:alert|eval|prompt|confirm|print)\b/i,
    SINKS,
    ['.find', '.map', '.flatmap', '.filter', '.some', '.every', '.foreach', '.sort', '.reduce', '.then', '.replace'],
  ],
  [
    /(?:\b|\$)[\w$]{1,20}\s{0,2}=\s{0,2}(?:alert|eval|prompt|confirm)\s{0,2}[,;\n]/i,
    SINKS,
    ['=alert', '=eval', '=prompt', '=confirm', '=<space>', '=<non-ascii>'],
  ],
  [
    /[\w}).]\.(?:alert|eval|prompt|confirm)\s{0,2}[,;\n].{0,60}[\w$]\s{0,2}\(/i,
    ['.alert', '.eval', '.prompt', '.confirm'],
  ],
  // A sink taken out of a list: `[1,alert][1](1)`.
  [
    /\[(?:[^[\]]{0,60},)?\s{0,2}(?:alert|eval|prompt|confirm)\s{0,2}(?:,[^[\]]{0,60})?\]\s{0,4}\[/i,
    SINKS,
    BEHIND_BRACKET,
  ],
  // A member of a number, or a method of a list, by a name that is put together.
  [/\d\s{0,4}\[\s{0,4}\(?\s{0,4}["'`][^\]]{1,120}\]\s{0,4}\(/i, ['['], BEHIND_BRACKET],
  [/["'`]\s{0,4}\]\s{0,4}\[\s{0,4}["'`]\w{2,20}["'`]\s{0,4}\]\s{0,4}\(/i, ['['], BEHIND_BRACKET],
  // A sink handed to what applies it, or reached by the prototype of a window.
  [
    /\(\s{0,2}(?:alert|eval|prompt|confirm)\s{0,2},\s{0,2}(?:\[|null\b|this\b|window\b|self\b|undefined\b)/i,
    SINKS,
    ['(alert', '(eval', '(prompt', '(confirm', '(<space>', '(<non-ascii>'],
  ],
  [/getprototypeof\s{0,2}\(\s{0,2}\w{1,20}\s{0,2}\)\s{0,2}[.[]/i, ['getprototypeof']],
  // A quote and a statement closed, and a member of the page set.
  [
    /["'`]\s{0,4};\s{0,4}(?:document|window|self|top|location)\.\w{1,24}\s{0,4}=[^=]/i,
    ['document.', 'window.', 'self.', 'top.', 'location.'],
    [';'],
  ],
  // A name with letters escaped, called: the language reads them, a filter may not.
  [/(?:^|[^\w\\])[a-z]{0,12}(?:\\u(?:00[67][0-9a-f]|\{0{0,4}[67][0-9a-f]\})[a-z]{0,12}){1,12}\s{0,4}[(\x60]/i, ['\\u']],
  // A URL that is put together, or taken from the window's name, for the page to go to.
  [
    /\blocation\s{0,2}\.\s{0,2}(?:assign|replace)\s{0,2}\(\s{0,2}(?:[\w$]{1,20}\s{0,2}[+?(]|name\b|["'`]\s{0,2}(?:javascript|data):|["'`]\w{0,12}["'`]\s{0,2}\+)/i,
    ['location'],
    ['assign', 'replace'],
  ],
  [/\.\s{0,2}style\s{0,2}\.\s{0,2}setexpression\s{0,2}\(/i, ['setexpression']],
  // A quote closed, and a library called.
  [/["'`]\s{0,4}[,;+-]\s{0,4}(?:jquery|\$)\s{0,2}[(.]/i, ['jquery', '$']],
  // A name written as a regular expression.
  [/[=+(]\s{0,4}\/\w{1,24}\/\s{0,4}\.\s{0,4}source\b/i, ['source'], ['/']],
  [/\bonerror\s{0,2}:\s{0,2}(?:alert|eval|prompt|confirm)\b/i, ['onerror'], [':']],
  [/__defineg|__lookupg/i, ['__defineg', '__lookupg']],
  [/\bimport\s{0,4}\(\s{0,4}["'`]/i, ['import']],
  // Thrown to a handler of errors that is a sink.
  [
    /throw\s{1,4}(?:onerror|1|["'](?!\w{1,40}["']\s{1,3}[a-z])|`(?!\w{1,40}`[\s.,]))/i,
    ['throw<space>', 'throw<non-ascii>'],
  ],
  [/\$\{(?:alert|eval|prompt|confirm)\b/i, ['${alert', '${eval', '${prompt', '${confirm']],
);
/** Where a text in quotes ends and the next begins that it is joined with; a plus sign may have become a blank on the way. */
const JOINT = /["'`]\s{0,4}\)?\s{0,4}(?:[+\s]|[,;]\s{0,4}\w{1,12}\s{0,4}\+=)\s{0,4}\(?\s{0,4}["'`]/g;
/** What is put together from pieces so that its name is not seen. */
const HIDDEN = anyOf(
  /["'`](?:alert|prompt|confirm|eval|function|constructor|unescape|settimeout|setinterval|fromcharcode)\b/i,
  /["'`](?:javascript:|location\.\w|document\.\w)/i,
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
    const add = (name: (typeof SIGNALS)[number], start: number, end: number) => {
      found.add(name, start, Math.min(end, text.length));
    };
    if (
      /s[\s\x00-\x1f\\/*]{0,12}c[\s\x00-\x1f\\/*]{0,12}r[\s\x00-\x1f\\/*]{0,12}i[\s\x00-\x1f\\/*]{0,12}p[\s\x00-\x1f\\/*]{0,12}t/i.test(
        text,
      )
    )
      readUri(text, view.field === 'path' || view.field === 'referer', add);
    const isCall = text.includes('(') || text.includes('`');
    if (isCall) {
      CALL.lastIndex = 0;
      let calls = 0;
      for (let called = CALL.exec(text); called !== null && calls < CALLS_MAX; called = CALL.exec(text)) {
        calls += 1;
        readCall(text, called, view.isQuery, add);
        if (found.has('call')) break;
      }
    }
    const indirect = INDIRECT.exec(text);
    if (indirect !== null) add('indirect-call', indirect.index, indirect.index + indirect[0].length);
    const body = isCall ? FUNCTION.exec(text) : null;
    if (body !== null) add('function', body.index, body.index + body[0].length);
    const hasList = text.includes('[');
    if ((isCall || hasList) && hidesName(text)) add('indirect-call', 0, text.length);
    const coerced = hasList ? COERCED.exec(text) : null;
    if (coerced !== null) add('symbol-code', coerced.index, coerced.index + coerced[0].length);
    const bare = text.includes('/*') ? withoutComments(text) : text;
    if (bare !== text && (DOCUMENT.test(bare) || INDIRECT.test(bare))) add('document', 0, text.length);
    if (
      bare.includes('[') &&
      (/[)\]]\s{0,4}\[\s{0,4}["'`](?:cookie|domain|location|body|alert|eval|\$)/i.test(bare) ||
        /\b(?:self|window|top|parent|document)\s{0,4}\[\s{0,4}["'`]\\?[$\w]{1,20}["'`]\s{0,4}\]/i.test(bare))
    )
      add('document', 0, text.length);
    const member = DOCUMENT.exec(text);
    if (member !== null) {
      const before = text.slice(0, member.index);
      const prose = /(?<![a-z])[a-z]{2,}\s{1,4}[a-z]{2,}\s{1,4}$/i.test(before);
      const whole = /^[\w.\s]{1,80}$/.test(text);
      add(prose || whole ? 'document-name' : 'document', member.index, member.index + member[0].length);
      if (whole && member[0].length >= text.trim().length) add('document-whole', 0, text.length);
    }
    if (text.length > 40) {
      const symbols = SYMBOLS.exec(text);
      if (
        symbols !== null &&
        /[[(]/.test(symbols[0]) &&
        /\]|\)/.test(symbols[0]) &&
        /[!+$=]/.test(symbols[0]) &&
        new Set(symbols[0]).size >= 4
      ) {
        add('symbol-code', symbols.index, symbols.index + symbols[0].length);
      }
    }
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

type Add = (name: (typeof SIGNALS)[number], start: number, end: number) => void;

/** Whether a name only shows once texts that are joined are one. */
function hidesName(text: string): boolean {
  const joined = text.replace(JOINT, '');
  return joined !== text && HIDDEN.test(joined) && !HIDDEN.test(text);
}

/** The text as a script engine reads it: without comments, and without spaces around what follows a name. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[^*]{0,80}\*\//g, '').replace(/\s{1,8}(?=[.[(])|(?<=[.[(])\s{1,8}/g, '');
}

function readUri(text: string, isWholeUrl: boolean, add: Add): void {
  const squeezed = text.replace(/[\x00-\x1f\x7f]+|\\(?=[\x00-\x20])|\/\*.{0,40}?\*\//g, '');
  const hidden = squeezed !== text && !/script[:#]/i.test(text);
  if (hidden && /(?:^|[^\w])(?:java|vb|live)script:/i.test(squeezed)) {
    add('uri', 0, text.length);
    return;
  }
  for (const view of squeezed === text ? [text] : [squeezed, text]) {
    URI.lastIndex = 0;
    for (let found = URI.exec(view); found !== null; found = URI.exec(view)) {
      const after = view.slice(found.index + found[0].length).replace(/^\s{1,8}(?=\S)/, ' ');
      const end = found.index + found[0].length + 40;
      if (
        PAGE_CONTROL.test(after) ||
        LIST_CONDITION.test(after) ||
        (isWholeUrl && PAGE_CALL.test(after)) ||
        /^\s{0,4}(?:void\s{0,2}\(?\s{0,2}[\w'"]{0,6}\s{0,2}\)?;?|;|#)?\s{0,2}(?:$|["'>)\s](?!.{0,40}(?:alert|prompt|confirm|eval|document)))/i.test(
          after,
        )
      ) {
        add('uri-prose', found.index, end);
        continue;
      }
      if (
        URI_CODE.test(after) ||
        (after.startsWith(' ') && URI_CODE.test(after.trimStart()) && /[([`=]/.test(after.slice(0, 60)))
      ) {
        if (found[0].endsWith('#') && !/[.(]/.test(after.slice(0, 60))) continue;
        add('uri', found.index, end);
        return;
      }
      add('uri-prose', found.index, end);
    }
  }
  if (/java\s{1,8}script\s{0,8}:|jav\s{1,4}ascript\s{0,4}:|javas\s{1,4}cript\s{0,4}:/i.test(text))
    add('uri', 0, text.length);
}

/** Whether the backtick before a place ends a name that the text quotes. */
function isQuotedEnd(text: string, at: number): boolean {
  QUOTED_HERE.lastIndex = at;
  return QUOTED_HERE.test(text);
}

function readCall(text: string, found: RegExpExecArray, isQuery: boolean, add: Add): void {
  const name = (found[1] ?? '').toLowerCase();
  const end = found.index + found[0].length;
  const after = text.slice(end, end + AROUND);
  const empty = /^\s{0,4}\)/.test(after);
  const tick = found[2] === '`';
  const trailing = /\)\s{0,2}((?:\s{1,3}[a-z]{2,}){2,})\s{0,4}$/i.test(after);
  const before = text.slice(Math.max(0, found.index - AROUND), found.index);
  const leading = /(?<![a-z])[a-z]{2,}\s{1,4}[a-z]{2,}[\s:]{1,4}$/i.test(before);
  // CDATA: the default value of an attribute that a document type declares.
  const code = /["'`<>;=]|\bCDATA\s{0,4}$/.test(before) || /^[\s(]{0,4}$/.test(before);
  const weakName = !STRONG_NAMES.test(name);
  if (tick && weakName && name !== 'fetch' && name !== 'import') {
    if (TIMER.test(name) && TEMPLATE_CODE.test(after)) add('call', found.index, end + 40);
    return;
  }
  if (tick && (!/`[^`]{0,200}`/.test(`\`${after}`) || isQuotedEnd(text, end))) return;
  if (trailing || (leading && !code)) {
    add('call-prose', found.index, end);
    return;
  }
  // In a whole query the signs between names and values are no code.
  const around = before + after.replace(/^\s{0,4}\)/, '');
  if (empty && !(isQuery ? /[;'"`<>{}]|\/\/|\*\// : /[;'"`<>={}]|\/\/|\*\//).test(around)) {
    add('call-prose', found.index, end);
    return;
  }
  if (!weakName) {
    add('call', found.index, end + 40);
    return;
  }
  if (
    /^(?:settimeout|setinterval|setimmediate|function|fetch|import|importscripts|navigator\.sendbeacon)$/.test(name)
  ) {
    if (/^\s{0,4}["'`\w]/.test(after) && !/^\s{0,4}\)/.test(after)) {
      if (name === 'function' && !/^\s{0,4}["'`]/.test(after)) return;
      add(/["'`;<>]/.test(before) || /^\s{0,4}["'`]/.test(after) ? 'call' : 'call-prose', found.index, end + 40);
    }
    return;
  }
  if (
    /^(?:write(?:ln)?|open|print)$/.test(name) &&
    /["'`;<>]/.test(before.slice(-3)) &&
    /^\s{0,4}(?:["'`\d]|\))/.test(after)
  )
    add('call', found.index, end + 20);
  else add('call-prose', found.index, end);
}
