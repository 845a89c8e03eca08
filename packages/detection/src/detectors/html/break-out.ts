import { pattern } from '../../text/regex.ts';
import type { View } from '../../views/view.ts';
import { Hinted } from '../hinted.ts';
import type { Add } from './signals.ts';
import { EVENT } from './vocabulary.ts';

/** Handlers that a fragment without its tag is known by: any `on…=` whose value is code. */
const LOOSE_HANDLER = pattern`(?:^|[\s"'\`/<>;,])on${EVENT}[\s\x00-\x1f]{0,8}=[\s"'\`]{0,8}[^\s&"'=]`;
/** A handler that does nothing, by itself. */
const RETURNS = /^\s{0,4}on[a-z]{3,16}\s{0,2}=\s{0,2}["']return (?:true|false);?["']\s{0,4}$/i;

/** A handler that no tag of the text holds. */
export function readHandler(text: string, add: Add): void {
  const loose = /[<>"'`(]/.test(text) ? LOOSE_HANDLER.exec(text) : null;
  const quoted = loose === null ? /["'`]\s{0,4}on[a-z]{3,24}\s{0,4}=/i.exec(text) : null;
  if (quoted !== null) add('handler-break-out', quoted.index, quoted.index + quoted[0].length);
  if (loose !== null && !RETURNS.test(text)) add('handler-break-out', loose.index, loose.index + loose[0].length);
}

const LINK_ATTRIBUTE =
  /(?:target|rel|class|title|alt|id|width|height|border|align|lang|style)\s{0,2}=\s{0,2}["'][^"'<>()&\\]{0,120}(?:["']\s{0,4}|$)/i;
const LINK_END = /<\/(?:a|p|b|i|u|em|strong|span|div|li|td|h[1-6]|font|body|html)(?:>\s{0,4}|$)/i;
/**
 * A URL and the rest of the link that it was copied from: further attributes, text and closing tags, none of which opens or runs
 * anything. Crawlers and programs that look for URLs in pages send such.
 */
const LINK_REST = pattern`^\/?[\w%.~/?=&:;,+@!-]{1,300}["']\s{0,4}${LINK_ATTRIBUTE}{0,6}\/?(?:>[^<>"'\`(){}\\=;]{0,200}${LINK_END}{0,4})?$`;
/** Where a value may be a probe, the rest of a link needs more than its bracket. */
const LINK_WORDS = /["']\s{1,4}(?:target|rel|class|title)\s{0,2}=|>[^<>]{0,200}\w[^<>]{0,200}<\//i;

/** Whether a text is such a URL, in a field where that is no probe. */
export const isLinkRest = ({ text, field }: View): boolean =>
  LINK_REST.test(text) && (field === 'path' || field === 'referer' || LINK_WORDS.test(text));

/** A name in quotes of its own that is compared with something, as in the language of an issue tracker. */
const QUOTED_COMPARED = /^[^"'<>]{0,80}(["'])\w[^"'<>]{1,60}\1\s{1,4}>=?\s{1,4}[\w"'(-]/;

/** An attribute of style, or what only such has, behind a quote or in a fragment of one. */
const STYLE_BREAK_OUT = new Hinted(
  /["'`]\s{0,4}style\s{0,4}=|^[\w:;"'\s]{0,40}expression\s{0,4}(?:\(|\\0{0,4}28)(?!\s{0,4}\w{0,24}\s{0,4}\)?\s{0,4}$)|[\w-]{1,24}:\s{0,4}(?:e\S{0,4}x\S{0,40}pression|expr\/\*.{0,80}\*\/ession)\s{0,4}\(|-o-link\s{0,4}:/i,
  ['style', 'ession', '-o-link'],
);
/** The end of a tag behind a quote that the text did not open. */
const TAG_BREAK_OUT =
  /["'`]\s{0,4}\/?>\s{0,4}(?:<|$)|["'`]{1,3}\s{0,4}>\s{0,4}<\/?[a-z!]|^[^<]{0,80}["']\s{0,4}\/{0,2}>(?!=?[^"'<>]{0,12}["'][,)}\]])/i;

/** A quote that closes an attribute, and what it then begins. */
export function readBreakOut(text: string, add: Add): void {
  const ends = text.includes('>');
  if (ends && !text.includes('<') && QUOTED_COMPARED.test(text)) return;
  const attribute = ends ? TAG_BREAK_OUT.exec(text) : null;
  if (attribute !== null) {
    const before = text.slice(0, attribute.index);
    const inTag = /<[a-z!?]/i.test(before) && before.lastIndexOf('<') > before.lastIndexOf('>');
    if (!inTag && (text.includes('<') || /^[^<]{0,80}["']\s{0,4}\/?>/.test(text)))
      add('attribute-break-out', attribute.index, attribute.index + attribute[0].length);
  }
  const style = !/["'`(]/.test(text) ? null : STYLE_BREAK_OUT.exec(text);
  if (style !== null) add('style-break-out', style.index, style.index + style[0].length);
}
