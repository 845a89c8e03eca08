import { anyOf, anyWord, pattern } from '../../text/regex.ts';
import { isQuotedEnd } from './quoted-name.ts';
import type { Add } from './signals.ts';

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

/** Signals of calls, up to the first that is code. */
export function readCalls(text: string, isQuery: boolean, add: Add): void {
  const noted = new Set<string>();
  const note: Add = (name, start, end) => {
    noted.add(name);
    add(name, start, end);
  };
  CALL.lastIndex = 0;
  for (let calls = 0; calls < CALLS_MAX && !noted.has('call'); calls += 1) {
    const called = CALL.exec(text);
    if (called === null) return;
    readCall(text, called, isQuery, note);
  }
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
