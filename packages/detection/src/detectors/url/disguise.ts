import { anyOf } from '../../text/regex.ts';
import { isBinary } from '../../views/unicode.ts';
import { decodeHost } from './host.ts';
import type { Add } from './signals.ts';
import type { Use } from './use.ts';

/** A scheme in letters of changing size, which a comparison by case misses; people capitalise its beginning or all of it. */
const MIXED_SCHEME = /^(?![Hh]ttps?:|HTTP[Ss]?:)[Hh][Tt][Tt][Pp][Ss]?:\/\//;

/** A host behind one slash, which is a path of the site's own but for the control character before it; a page of the site ends otherwise. */
const HIDDEN_HOST =
  /^[\x00-\x1f]{1,3}[\\/]{1,2}(?:[\w-]{1,63}\.){1,4}(?!(?:php\d?|html?|aspx?|jsp|xml|txt)[\\/]?$)[a-z]{2,10}[\\/]?$/i;

/** How each of the other disguises begins that has no control characters. */
const MISLEADS = /^(?:[\s\\/@]|[<>]{1,2}\/\/|h?t{0,2}p?s?http)/i;

const OBSCURED = anyOf(
  // Slashes before the scheme.
  /^\/{1,4}(?:https?|ftp):/i,
  // Delimiters as a script writes them, and a scheme around another one that a filter takes out once.
  /^https?(?::|\\(?:x|u00)3a)\\(?:x|u00)2f/i,
  /^h?t{0,2}p?s?https?:\/\/\w{0,5}:\/\//i,
  // More slashes than two, or backslashes for them.
  /^https?:(?:\/{3,}|\/{0,2}\\|\/\/[^/?#\s]{1,80}\\)/i,
);
/** The same in a parameter that names where to go next, as elsewhere it may be a path or a text. */
const OBSCURED_REDIRECT = anyOf(
  /^\/{3,}[^/\s]{2,}/i,
  // Another host behind the delimiter, which one reader takes for the end of the host and another for a part of it.
  /^https?:\/\/[^/?#\s]{3,80}[#?]\.?[\w-]{1,40}(?:\.[\w-]{1,40}){1,4}$/i,
  // A label that is one long number belongs to a name made up for a probe; accounts in names of hosts are shorter.
  /^(?:https?:[\\/]{1,4}|[\\/]{2})\d{15,24}\.[\w-]{1,60}\./i,
  // Nothing, or a port alone, where the host should be: what a lenient reader takes for the host stands behind the delimiter.
  /^https?:\/\/(?:[?#]|:\d{0,5}[?#@])[^/\s]{0,40}\.[a-z]{2,12}/i,
  // A dot before the host, which becomes the end of the site's own name where that is put before the value.
  /^\/\.(?!well-known)[\w-]{1,63}\.[a-z]{2,12}\b/i,
  // A bracket or an at sign before the URL, which a lenient reader drops.
  /^\/?[<>]{1,2}\/\/[\w-]|^@https?:\/\/|^@(?:[\w-]{1,40}\.){1,4}[a-z]{2,8}\/?$/i,
);
const USER_INFO = anyOf(
  /^\/{2,6}[^/\s@[\]]{0,80}@/i,
  /^\/{1,4}https?:\/{1,4}[^/\s]{0,80}@/i,
  /^https?:\/\/(?:[^/\s?]{1,80}\?@|[\w.:-]{1,80}\s{1,4}&?@[\w.-]{1,80}\.)/i,
  // One reader ends the host at the delimiter, another takes what stands before the sign for a user name.
  /^https?:\/\/[^/?#\s]{3,80}(?::\d{1,5}[?#][^/?#\s@=]{0,40}|[?#])@[\w-]{1,63}\./i,
);
/** Slashes for a scheme, a host and a step up, which leads nowhere: whatever the parameter is called. */
const DOTTED = /^(?:https?:)?\/{2,6}(?:[\w.:-]{1,80}@)?(?:[\w-]{1,63}\.){1,4}[a-z]{2,12}\/{1,3}\.{2}\/?$/i;
const DOTTED_REDIRECT = anyOf(
  /^\/{1,2}[\w.-]{1,80}\.[a-z]{2,6}\/{1,2}\.\.?$/i,
  // Behind a single slash a host needs what tells it from a folder of the site's own.
  /^(?:\/{2,4}|\/(?=[\w-]{0,60}[.@:]))[\w.@:-]{1,80}\/{1,2}\.{2}/i,
);
/** A host behind two slashes, which a browser reaches by the scheme of the page. */
const PROTOCOL_RELATIVE = /^\/{2}[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}/;
const ASSET = /\.(?:js|css|png|jpe?g|gif|webp|svg|woff2?|mp[34]|m3u8)(?:\?|$)/i;

/** A text as it stands, without blanks and quotes around it, and without control characters as well. */
type Written = { text: string; value: string; clean: string };

/** Signals of the ways to write an absolute URL so that a check for one does not see it. */
export function readDisguise({ text, value, clean }: Written, use: Use, isQuery: boolean, add: Add): void {
  const { redirects } = use;
  if (MIXED_SCHEME.test(value)) add('obscured-redirect');
  if (redirects && HIDDEN_HOST.test(text)) add('control-split');
  if (!use.isValue && !isQuery) return;
  if (clean === value && !MISLEADS.test(value)) return;
  if (clean !== value && isSplit(value, clean)) add('control-split');
  if (OBSCURED.test(value) || hasBackslashes(value) || lacksSlashes(value)) add('obscured-redirect');
  if (redirects && (OBSCURED_REDIRECT.test(value) || isNumberedHost(clean))) add('obscured-redirect');
  if (USER_INFO.test(value)) add('user-info');
  if (redirects && PROTOCOL_RELATIVE.test(value) && !ASSET.test(value))
    add(use.isFolded || /\/\.{0,2}$|\/\./.test(value) ? 'obscured-redirect' : 'protocol-relative');
  if (DOTTED.test(value) || (redirects && DOTTED_REDIRECT.test(value))) add('dotted-tail');
}

/** Whether control characters stand within the scheme or the slashes of a URL. */
function isSplit(value: string, clean: string): boolean {
  if (!/^[\\/a-z:]{0,10}[\x00-\x1f]/i.test(value) || !/[\\/]/.test(clean)) return false;
  if (!/^[\\/\s]{0,4}(?:https?:|[\\/])/i.test(clean)) return false;
  return !isBinary(value) || /^[\\/\s]{0,4}(?:https?:|[\\/]{0,4}[\w-]{1,63}\.[a-z\d])/i.test(clean);
}

/** Whether a host stands behind backslashes for slashes. */
function hasBackslashes(value: string): boolean {
  const isFile = /^\\\\[\w.-]{1,60}\\/.test(value);
  if (isFile || !/^\/{0,3}\\{1,3}[\\/]{0,4}[\w.-]{3,}|^\\\/|^\/\\/.test(value)) return false;
  // What comes behind blanks or braces is in no host: `\frac{a}{b} < x.left` is a formula.
  if (!/^[^\s{}]{0,256}\.\w{2,}/.test(value)) return false;
  return /^[a-z0-9[(;@.-][^\s]{2,}/i.test(value.replace(/^[\\/]+/, '').replaceAll('\\', '/'));
}

/** Whether a scheme is followed by one slash at most before the host. */
function lacksSlashes(value: string): boolean {
  if (!/^https?:\/{0,1}(?![\\/])[^\s/]{4,}/i.test(value) || /\s/.test(value)) return false;
  return /[.@]|\d{8}/.test(value.slice('http:'.length));
}

/** Whether a host without a scheme, behind slashes that browsers take for two, is an IP address written in a way of its own. */
function isNumberedHost(value: string): boolean {
  const host = /^\s?(?:[\\/]{2,6}|\\)(\[[\da-f:.]{2,45}\]|[\da-fox.]{6,64})(?:[\\/?#]|$)/i
    .exec(value)?.[1]
    ?.toLowerCase();
  return host !== undefined && (host.startsWith('[') || (decodeHost(host) ?? host) !== host);
}
