import { anyOf, anyWord, pattern } from '../text/regex.ts';
import { words } from '../text/words.ts';
import { isSearchParameter } from '../views/search-phrase.ts';
import type { View } from '../views/view.ts';
import { Found, type Detector, type Signal } from './detector.ts';
import { Hinted } from './hinted.ts';
import { isPlainImage } from './plain-image.ts';

const SIGNALS = [
  'script-tag',
  'event-handler',
  'active-tag',
  'markup-tag',
  'link-tag',
  'plain-tag',
  'raw-text-close',
  'comment',
  'instruction',
  'style-code',
  'attribute-break-out',
  'handler-break-out',
  'style-break-out',
  'doubled-marker',
] as const;

/** Tags read per text. */
const TAGS_MAX = 48;
const TAG_CHARS_MAX = 1200;

const set = (list: string) => new Set(words(list));
/** Elements that load, run or change where a page's parts come from (HTML living standard, and what old browsers ran). */
const ACTIVE =
  set(`script iframe object embed applet base meta link frame frameset isindex layer ilayer bgsound xml svg math style
  keygen marquee foreignobject animate set portal import template param listener handler`);
/** Known elements: an unknown word after `<` is as likely a comparison. */
const KNOWN =
  set(`a abbr acronym address area article aside audio b bdi bdo big blink blockquote body br button canvas caption center
  circle cite code col colgroup comment content data datalist dd del details dfn dialog dir div dl dt element em fieldset figcaption
  figure font footer form g h1 h2 h3 h4 h5 h6 head header hgroup hr html i image img input ins kbd label legend li line main map mark
  menu menuitem meter multicol nav nextid nobr noembed noframes noscript ol optgroup option output p path picture plaintext polygon
  pre progress q rb rect rp rt rtc ruby s samp section select shadow slot small source spacer span strike strong sub summary sup
  table tbody td text textarea tfoot th thead time title tr track tt u ul use var video wbr xmp`);
const RAW_TEXT = set('script style title textarea noscript xmp iframe noembed noframes plaintext');
const SVG_ONLY = set('circle rect path polygon line g use foreignobject image shadow');

const HANDLER = /(?:^|[\s/"'`>;,&|?\\])on[a-z!#$%()*~+\-_.,:;?@[\]|^`]{3,40}?\s{0,8}=/i;
const HANDLER_PLAIN = /(?:^|[\s/"'`])on[a-z]{3,28}[\s\x00-\x1f]{0,8}=(?!=)\s{0,8}\S/i;
/** Events of the HTML living standard, of SVG and of old browsers, without their `on`. */
const EVENT = anyOf(
  /abort|activate|after\w{3,12}|animation\w{3,12}|auxclick|before\w{3,16}|begin|blur|bounce/i,
  /can\w{4,14}|change|click|close|contextmenu|copy|cuechange|cut/i,
  /data\w{4,14}|dblclick|deactivate|drag\w{0,6}|drop|durationchange|emptied|end|ended|error/i,
  /finish|focus\w{0,3}|form\w{4,8}|fullscreenchange|gotpointercapture|hashchange|help|input|invalid|key\w{2,5}/i,
  /load\w{0,10}|lostpointercapture|message|mouse\w{2,6}|offline|online/i,
  /page\w{3,5}|paste|pause|play\w{0,3}|pointer\w{2,9}|popstate|progress|property\w{4,8}/i,
  /ratechange|readystatechange|repeat|reset|resize|scroll\w{0,4}|search|seek\w{2,4}|select\w{0,7}|show|stalled/i,
  /start|storage|submit|suspend|timeupdate|toggle|touch\w{3,6}|transition\w{2,6}|unload/i,
  /volumechange|waiting|webkit\w{4,24}|wheel/i,
  // No event, but what scanners call theirs.
  /xss/i,
);
/** Handlers that a fragment without its tag is known by: any `on…=` whose value is code. */
const LOOSE_HANDLER = pattern`(?:^|[\s"'\`/<>;,])on${EVENT}[\s\x00-\x1f]{0,8}=[\s"'\`]{0,8}[^\s&"'=]`;
const STYLE_CODE = anyOf(
  // What old browsers ran from a style sheet.
  /expression\s{0,4}(?:\(|\\0{0,4}28)|-moz-binding|behaviou?r\s{0,4}:|binding\s{0,4}:\s{0,4}url/i,
  /@import|@im\\/i,
  /javascript:|vbscript:|-o-link/i,
  /url\s{0,4}\(\s{0,4}["']?\s{0,4}(?:javascript|data|vbscript|livescript)/i,
  // An animation starts an event, and so a handler that needs no user.
  /animation-name\s{0,4}:/i,
  /url\(\s{0,4}["']?(?:https?:)?\/\//i,
);
const URL_ATTRIBUTE =
  /(?:^|[\s/"'`])(?:src|href|action|formaction|background|data|lowsrc|dynsrc|poster|srcdoc|xlink:href|code|codebase|srcset|datasrc|implementation|folder|ping|values)\s{0,8}=/i;

/** A link cut off before where it leads, as crawlers take it from broken pages. */
const EMPTY_LINK = /^\s{1,8}(?:href|src)\s{0,4}=\s{0,4}["']?$/i;

const PLAIN_ATTRIBUTE = anyOf(
  anyWord('class width height border name rows cols maxlength placeholder'),
  /type(?=\s{0,2}=\s{0,2}["']?(?:text|password|checkbox|radio|submit|button|email|number|date|search|tel)\b)/i,
  /cell(?:padding|spacing)|v?align|lang|dir|title|colspan|rowspan/i,
  // Within the site: neither a scheme nor a host.
  /href(?=\s{0,2}=\s{0,2}["'](?:[\w./-]|#)[^:;&"']{0,200}["'])(?!\s{0,2}=\s{0,2}["']\/\/)/i,
  /(?:src|href|action)(?=\s{0,2}=\s{0,2}["']#?["'])/i,
  /alt(?=\s{0,2}=\s{0,2}["'])/i,
  /src(?=\s{0,2}=\s{0,2}["'](?!\/\/)[\w./-]{1,200}\.(?:png|jpe?g|gif|webp|svg)["'])/i,
  /style(?=\s{0,2}=\s{0,2}["'](?:(?:text-\w{2,12}|font-\w{2,8}|line-height|(?:margin|padding)(?:-\w{3,6})?)\s{0,2}:\s{0,2}[\w .%-]{1,40};?\s{0,2}){1,4}["'])/i,
);
const PLAIN_VALUE = anyOf(/\\?"[^"<>\\]{0,200}\\?"/i, /'[^'<>]{0,200}'/i, /[\w%#.-]{1,60}/i);
/** Attributes of text that was copied from a page: looks, names, and links within the site. */
const PLAIN_ATTRIBUTES = pattern`^(?:\s{1,40}${PLAIN_ATTRIBUTE}\s{0,2}=\s{0,2}${PLAIN_VALUE}){1,8}\s{0,2}\/?$`;

/** What a `meta` may have without telling the browser to go anywhere or to read the page otherwise. */
const PLAIN_META = anyOf(
  /^\s{1,8}(?:name|property)\s{0,2}=\s{0,2}["']?[\w:.-]{1,40}["']?(?:\s{1,8}content\s{0,2}=\s{0,2}"[^"<>]{0,200}")?\s{0,2}\/?$/i,
  // Another set of characters would let the rest be read as markup.
  /^\s{1,8}charset\s{0,2}=\s{0,2}["']?(?:utf-8|iso-8859-1)["']?\s{0,2}\/?$/i,
  // A page that loads itself again, at no other URL.
  /^\s{1,8}http-equiv\s{0,2}=\s{0,2}"(?:refresh"\s{1,8}content\s{0,2}=\s{0,2}"\d{1,5}"|content-type"\s{1,8}content\s{0,2}=\s{0,2}"text\/html(?:;\s{0,2}charset=utf-8)?")\s{0,2}\/?$/i,
);
/** A style sheet in its element, with nothing in it that loads or runs. */
const PLAIN_STYLE = /^\s{0,4}<style>[^<>@\\(&]{0,300}<\/style>\s{0,4}$/i;
const IN_STYLE = /behavio|binding|import|expression|-o-link|animation/i;
/** A handler that does nothing, by itself. */
const RETURNS = /^\s{0,4}on[a-z]{3,16}\s{0,2}=\s{0,2}["']return (?:true|false);?["']\s{0,4}$/i;
/** A handler that calls a function of the page, told of amid words. */
const NAMED_HANDLER =
  /^[a-z ]{2,60}\bon[a-z]{3,16}="(?!(?:alert|eval|prompt|confirm|fetch|import)\b)\w{1,20}\([\w, ]{0,20}\)"(?:\s[a-z']{2,20}){2,12}[.?!]?$/i;
/** A page's own style sheet or root, by a relative URL. */
const PLAIN_LINK =
  /^(?:link|base)(?:\s{1,8}(?:rel|href|type|media)\s{0,2}=\s{0,2}["']?(?!\/\/|\w{2,12}:)[\w./ -]{0,80}["']?){1,4}\s{0,2}\/?$/i;
/** A comment of words alone, as questions about markup quote it. */
const WORDS_COMMENT = /^\s{0,4}<!--\s{0,4}[a-z][\w ,.'-]{2,80}-->\s{0,4}$/i;

/** One word on both sides of a quote: what a scanner looks for in the page, to see whether the quote between came through. */
const DOUBLED_MARKER = /^([a-z\d]{4,16})["'`]\1$/i;

/** Finds markup by reading tags and attributes as a lenient browser does. */
export const html: Detector = {
  name: 'html',
  signals: SIGNALS,
  gate: ['<', '"', "'", '`', '(', '>'],
  run(view: View): Signal[] {
    const { text } = view;
    const found = new Found();
    const add = (name: (typeof SIGNALS)[number], start: number, end: number) => {
      found.add(name, start, end);
    };
    if (isPlainImage(view)) {
      add('plain-tag', 0, text.length);
      return found.signals;
    }
    const isSearched = isSearchParameter(view.name);
    if (isSearched && ((PLAIN_STYLE.test(text) && !IN_STYLE.test(text)) || NAMED_HANDLER.test(text))) {
      add('plain-tag', 0, text.length);
      return found.signals;
    }
    let at = text.indexOf('<');
    for (let tags = 0; at !== -1 && tags < TAGS_MAX; tags += 1) {
      readTag(text, at, isSearched, add);
      at = text.indexOf('<', at + 1);
    }
    if (/\bon/i.test(text)) readHandler(text, add);
    if (!isLinkRest(view)) readBreakOut(text, add);
    if (DOUBLED_MARKER.test(text)) add('doubled-marker', 0, text.length);
    return found.signals;
  },
};

type Add = (name: (typeof SIGNALS)[number], start: number, end: number) => void;

/** A handler that no tag of the text holds. */
function readHandler(text: string, add: Add): void {
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

const isLinkRest = ({ text, field }: View): boolean =>
  LINK_REST.test(text) && (field === 'path' || field === 'referer' || LINK_WORDS.test(text));

/** A script by a relative URL or none, and with nothing that runs around it: markup that is named, not used. */
const NAMED_SCRIPT =
  /^(?:\s{1,8}(?:async|defer|src\s{0,2}=\s{0,2}["']?(?!\/\/)[\w./-]{0,80}["']?|type\s{0,2}=\s{0,2}["']?(?:text\/javascript|module|application\/json)["']?)){0,4}\s{0,4}\/?$/i;
/** A script of one word and nothing else: nobody looks that up, but a scanner sees whether it comes back. */
const FILLED_SCRIPT = /^\s{0,4}<script>\s{0,4}\w{2,16}\s{0,4}<\/script>\s{0,4}$/i;
const TAGS = /<[^<>]{0,200}>/g;

/** Whether words stand around the tags, as in a message that tells of them. */
const hasSentence = (text: string) =>
  (text.replace(TAGS, ' ').match(/(?:^|[\s=])[a-z]{2,}(?=$|[\s.,:;!?])/gi) ?? []).length >= 3;

/** Whether a text that holds markup has, outside its tags, anything that a script could be made of. */
const isInert = (text: string) =>
  text.length < 400 &&
  !/[(`={\\&%]|:\/\/|\bon\w{3}|["']\s{0,4}>/.test(text.replace(/^[\w.-]{1,40}=/, '').replace(TAGS, ' '));

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
function readBreakOut(text: string, add: Add): void {
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

function readTag(text: string, at: number, isSearched: boolean, add: Add): void {
  const head = /^<[\s\x00-\x1f]{0,4}(\/?)[\s\x00-\x1f]{0,4}([a-z][\w:.-]{0,40})/i.exec(text.slice(at, at + 56));
  if (head === null) {
    const next = text.slice(at, at + 40);
    if (/^<!--(?!#)/.test(next)) add(isSearched && WORDS_COMMENT.test(text) ? 'plain-tag' : 'comment', at, at + 4);
    else if (/^<![a-z\s]|^<!\[/i.test(next) && !/^<!(?:doctype|entity|element)/i.test(next))
      add('comment', at, Math.min(text.length, at + 20));
    else if (/^<\?(?:import|xml:|xml-stylesheet)/i.test(next)) add('instruction', at, at + 12);
    return;
  }
  const closing = head[1] !== '';
  const name = (head[2] ?? '').toLowerCase();
  const plainName = name.replace(/^(?:svg|x|html|xhtml|t):/, '');
  const region = text.slice(at + head[0].length, at + TAG_CHARS_MAX);
  const close = tagEnd(region);
  const attributes = region.slice(0, close);
  const end = at + head[0].length + Math.min(close + 1, region.length);
  if (/^scr(?:ipt|<)/.test(name) || name.startsWith('script')) {
    const isNamed =
      /^<\/?(?:script|SCRIPT)$/.test(head[0]) &&
      (isSearched || hasSentence(text)) &&
      isInert(text) &&
      !FILLED_SCRIPT.test(text);
    if (closing) add(isNamed && text.indexOf('<') < at ? 'plain-tag' : 'raw-text-close', at, end);
    else if (isNamed && name === 'script' && NAMED_SCRIPT.test(attributes)) add('plain-tag', at, end);
    else if (name === 'script' || /^script[^a-z]/.test(name)) add('script-tag', at, end);
    return;
  }
  if (/^(?:https?|ftp|mailto|urn):/.test(name)) return;
  const known = KNOWN.has(plainName) || ACTIVE.has(plainName);
  if (closing) {
    if (RAW_TEXT.has(plainName)) add('raw-text-close', at, end);
    else if (known) add('plain-tag', at, end);
    return;
  }
  const hasAttributes = /^[\s/\x00-\x1f"'`]/.test(attributes) && /\S/.test(attributes);
  if (
    hasAttributes &&
    (HANDLER_PLAIN.test(attributes) ||
      /[\s/]on[a-z]{3,24}\s{0,4}=\s{0,4}$/i.test(attributes) ||
      (known && HANDLER.test(attributes)))
  )
    add('event-handler', at, end);
  if (hasAttributes && /(?:^|[\s/"'`])style\s{0,8}=/i.test(attributes) && STYLE_CODE.test(attributes))
    add('style-code', at, end);
  if (plainName === 'style' && STYLE_CODE.test(region.slice(0, 400))) add('style-code', at, end);
  if (ACTIVE.has(plainName)) {
    const isNamed =
      (plainName === 'meta' && PLAIN_META.test(attributes) && (isSearched || !/^\s{1,8}charset/i.test(attributes))) ||
      (isSearched && PLAIN_LINK.test(`${plainName}${attributes}`) && isInert(text)) ||
      (plainName === 'template' && !hasAttributes) ||
      (isSearched && !hasAttributes && isInert(text));
    add(isNamed ? 'plain-tag' : 'active-tag', at, end);
  } else if (known) {
    if (hasAttributes && PLAIN_ATTRIBUTES.test(attributes)) add('plain-tag', at, end);
    else if (hasAttributes && EMPTY_LINK.test(attributes)) add('plain-tag', at, end);
    else if (hasAttributes && URL_ATTRIBUTE.test(attributes)) add('link-tag', at, end);
    else if (/^<\s/.test(head[0])) {
      // No browser takes it for a tag; without an end it is a comparison with what is called like one: `a < b and c = 1`.
      if (close < region.length) add('plain-tag', at, end);
    } else if (
      (SVG_ONLY.has(plainName) && (hasAttributes || plainName === 'foreignobject')) ||
      (hasAttributes && /=/.test(attributes)) ||
      (!((isSearched || hasSentence(text)) && !hasAttributes && isInert(text)) &&
        /^(?:video|audio|form|input|textarea|select|body|html|head|plaintext|noscript|xmp|title)$/.test(plainName))
    ) {
      add('markup-tag', at, end);
    } else add('plain-tag', at, end);
  } else if (hasAttributes && /\sstyle\s{0,4}=|\s(?:src|href|id|ng-\w{2,10})\s{0,4}=/i.test(` ${attributes}`)) {
    add('markup-tag', at, end);
  } else if (
    name.startsWith('xss') ||
    /\bng-app\b/i.test(attributes) ||
    (/\bxmlns\b/i.test(attributes) &&
      !/^(?:ogc|gml|wfs|wms|fes|kml|soap\w{0,4}|dc|rdf|saml\w{0,3}|md|ds|wst|wsse|wsu|xenc|trust|t)\b|^(?:filter|feature|getfeature)/.test(
        name,
      ))
  )
    add('markup-tag', at, end);
}

/** Where a tag ends: the first `>` outside quotes, or outside of nothing where quotes do not close. */
function tagEnd(region: string): number {
  let quote = '';
  for (let at = 0; at < region.length; at += 1) {
    const char = region[at] as string;
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if ((char === '"' || char === "'") && /=\s{0,4}$/.test(region.slice(Math.max(0, at - 6), at))) quote = char;
    else if (char === '>') return at;
  }
  const first = region.indexOf('>');
  return first === -1 ? region.length : first;
}
