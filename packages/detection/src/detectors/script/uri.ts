import { anyOf, anyWord, pattern } from '../../text/regex.ts';
import type { Add } from './signals.ts';

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

/**
 * Signals of URLs that hold code.
 * @param isWholeUrl the text is where a browser goes, so that a call of a page's own function is a link of that page
 */
export function readUri(text: string, isWholeUrl: boolean, add: Add): void {
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
