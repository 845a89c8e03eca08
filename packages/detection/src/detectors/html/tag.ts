import { arePlain, hasAttributes, hasHandler, hasStyleCode, haveUrl, STYLE_CODE } from './attributes.ts';
import { isPlainScript, isNamedActive, isNamedBare, isNamedComment, isNamedScript } from './named.ts';
import type { Add, Name } from './signals.ts';
import { ACTIVE, KNOWN, RAW_TEXT, SVG_ONLY } from './vocabulary.ts';

const TAG_CHARS_MAX = 1200;
/** A tag up to its name, before which lenient readers pass over white space. */
const HEAD = /^<[\s\x00-\x1f]{0,4}(\/?)[\s\x00-\x1f]{0,4}([a-z][\w:.-]{0,40})/i;
/** Prefixes of names that mean the same without. */
const PREFIX = /^(?:svg|x|html|xhtml|t):/;
/** No name, but the scheme of a URL in angle brackets. */
const URL_NAME = /^(?:https?|ftp|mailto|urn):/;
/** Elements that no comment or forum lets its writers use. */
const OF_PAGES = /^(?:video|audio|form|input|textarea|select|body|html|head|plaintext|noscript|xmp|title)$/;
/** Attributes that make an element of whatever name do something. */
const ON_ANY = /\sstyle\s{0,4}=|\s(?:src|href|id|ng-\w{2,10})\s{0,4}=/i;
/** Vocabularies of services and documents, which declare their names by rights. */
const OF_DOCUMENTS =
  /^(?:ogc|gml|wfs|wms|fes|kml|soap\w{0,4}|dc|rdf|saml\w{0,3}|md|ds|wst|wsse|wsu|xenc|trust|t)\b|^(?:filter|feature|getfeature)/;

type Tag = {
  /** Its beginning up to its name. */
  head: string;
  isClosing: boolean;
  /** In lower case, and the same without a prefix. */
  name: string;
  element: string;
  attributes: string;
  hasAttributes: boolean;
  /** What stands behind the name, beyond the tag's end. */
  behind: string;
  isClosed: boolean;
  end: number;
};

/** Reads the tag, comment or instruction that begins at `at`. */
export function readTag(text: string, at: number, isSearched: boolean, add: Add): void {
  const tag = tagAt(text, at);
  if (tag === undefined) {
    readDeclaration(text, at, isSearched, add);
    return;
  }
  const put = (name: Name | undefined) => {
    if (name !== undefined) add(name, at, tag.end);
  };
  const { name, element, attributes } = tag;
  if (name.startsWith('script')) put(signalOfScript(tag, text, at, isSearched));
  else if (URL_NAME.test(name)) return;
  else if (tag.isClosing) put(signalOfEnd(element));
  else {
    if (tag.hasAttributes && hasHandler(attributes, isKnown(element))) put('event-handler');
    if (
      (tag.hasAttributes && hasStyleCode(attributes)) ||
      (element === 'style' && STYLE_CODE.test(tag.behind.slice(0, 400)))
    )
      put('style-code');
    put(signalOfElement(tag, text, isSearched));
  }
}

const isKnown = (element: string) => KNOWN.has(element) || ACTIVE.has(element);

function tagAt(text: string, at: number): Tag | undefined {
  const found = HEAD.exec(text.slice(at, at + 56));
  if (found === null) return undefined;
  const [head, slash = '', written = ''] = found;
  const name = written.toLowerCase();
  const from = at + head.length;
  const behind = text.slice(from, at + TAG_CHARS_MAX);
  const close = tagEnd(behind);
  const attributes = behind.slice(0, close);
  return {
    head,
    isClosing: slash !== '',
    name,
    element: name.replace(PREFIX, ''),
    attributes,
    hasAttributes: hasAttributes(attributes),
    behind,
    isClosed: close < behind.length,
    end: from + Math.min(close + 1, behind.length),
  };
}

/** What begins as a tag does and has no name. */
function readDeclaration(text: string, at: number, isSearched: boolean, add: Add): void {
  const next = text.slice(at, at + 40);
  const comment = isNamedComment(text, isSearched) ? 'plain-tag' : 'comment';
  if (/^<!--(?!#)/.test(next)) add(comment, at, at + 4);
  else if (/^<![a-z\s]|^<!\[/i.test(next) && !/^<!(?:doctype|entity|element)/i.test(next))
    add(comment, at, Math.min(text.length, at + 20));
  else if (/^<\?(?:import|xml:|xml-stylesheet)/i.test(next)) add('instruction', at, at + 12);
}

function signalOfScript(tag: Tag, text: string, at: number, isSearched: boolean): Name | undefined {
  const isNamed = isNamedScript(tag.head, text, isSearched);
  if (tag.isClosing) return isNamed && text.indexOf('<') < at ? 'plain-tag' : 'raw-text-close';
  if (isNamed && isPlainScript(tag.attributes)) return 'plain-tag';
  return /^script(?:$|[^a-z])/.test(tag.name) ? 'script-tag' : undefined;
}

function signalOfEnd(element: string): Name | undefined {
  if (RAW_TEXT.has(element)) return 'raw-text-close';
  return isKnown(element) ? 'plain-tag' : undefined;
}

function signalOfElement(tag: Tag, text: string, isSearched: boolean): Name | undefined {
  const { element, attributes } = tag;
  if (ACTIVE.has(element)) return isNamedActive(element, attributes, text, isSearched) ? 'plain-tag' : 'active-tag';
  if (!KNOWN.has(element)) return isMarkup(tag) ? 'markup-tag' : undefined;
  if (tag.hasAttributes && arePlain(attributes)) return 'plain-tag';
  if (tag.hasAttributes && haveUrl(attributes)) return 'link-tag';
  // No browser takes it for a tag; without an end it is a comparison with what is called like one: `a < b and c = 1`.
  if (/^<\s/.test(tag.head)) return tag.isClosed ? 'plain-tag' : undefined;
  if (tag.hasAttributes && (attributes.includes('=') || SVG_ONLY.has(element))) return 'markup-tag';
  const isNamed = !tag.hasAttributes && isNamedBare(text, isSearched);
  return OF_PAGES.test(element) && !isNamed ? 'markup-tag' : 'plain-tag';
}

/** Whether a tag is one although no element is called so. */
function isMarkup({ name, attributes, hasAttributes: has }: Tag): boolean {
  if (has && ON_ANY.test(` ${attributes}`)) return true;
  if (name.startsWith('xss') || /\bng-app\b/i.test(attributes)) return true;
  return /\bxmlns\b/i.test(attributes) && !OF_DOCUMENTS.test(name);
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
