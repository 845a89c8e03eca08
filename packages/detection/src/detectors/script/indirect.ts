import { anyOf, pattern } from '../../text/regex.ts';
import { HintedAny } from '../hinted.ts';
import { QUOTED_END } from './quoted-name.ts';

/** Hints: functions that run code or show that it ran, global objects and what holds them, what stands behind a call and behind a member. */
const SINKS = ['alert', 'prompt', 'confirm', 'eval', 'print'];
const GLOBALS = ['window', 'self', 'top', 'parent', 'this', 'frames', 'content', 'document', 'constructor'];
const BEHIND_CALL = [')(', ')?.', ')`', ')<space>', ')<non-ascii>'];
const BEHIND_BRACKET = ['](', '][', '].', ']`', ']<space>', ']<non-ascii>'];
/** A function reached or called in a way that hides its name, or given to something that calls it. */
export const INDIRECT = new HintedAny(
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

/** Whether a name only shows once texts that are joined are one. */
export function hidesName(text: string): boolean {
  const joined = text.replace(JOINT, '');
  return joined !== text && HIDDEN.test(joined) && !HIDDEN.test(text);
}
