import { anyOf } from '../../text/regex.ts';
import { hasAttributes } from './attributes.ts';

/*
 * Markup that a text names and does not use: questions, messages and manuals are full of it.
 */

const TAGS = /<[^<>]{0,200}>/g;
/** Whether words stand around the tags, as in a message that tells of them. */
const hasSentence = (text: string) =>
  (text.replace(TAGS, ' ').match(/(?:^|[\s=])[a-z]{2,}(?=$|[\s.,:;!?])/gi) ?? []).length >= 3;

/** Whether a text that holds markup has, outside its tags, anything that a script could be made of. */
const isInert = (text: string) =>
  text.length < 400 &&
  !/[(`={\\&%]|:\/\/|\bon\w{3}|["']\s{0,4}>/.test(text.replace(/^[\w.-]{1,40}=/, '').replace(TAGS, ' '));

/** A comment of words alone, as questions about markup quote it. */
const WORDS_COMMENT = /^\s{0,4}<!--\s{0,4}[a-z][\w ,.'-]{2,80}-->\s{0,4}$/i;

/** Text that XML marks as none of its markup, likewise. */
const WORDS_CDATA = /^\s{0,4}<!\[CDATA\[[\w\s.]{0,24}\]\]>\s{0,4}$/;

/** What a `meta` may have without telling the browser to go anywhere or to read the page otherwise. */
const PLAIN_META = anyOf(
  /^\s{1,8}(?:name|property)\s{0,2}=\s{0,2}["']?[\w:.-]{1,40}["']?(?:\s{1,8}content\s{0,2}=\s{0,2}"[^"<>]{0,200}")?\s{0,2}\/?$/i,
  // Another set of characters would let the rest be read as markup.
  /^\s{1,8}charset\s{0,2}=\s{0,2}["']?(?:utf-8|iso-8859-1)["']?\s{0,2}\/?$/i,
  // A page that loads itself again, at no other URL.
  /^\s{1,8}http-equiv\s{0,2}=\s{0,2}"(?:refresh"\s{1,8}content\s{0,2}=\s{0,2}"\d{1,5}"|content-type"\s{1,8}content\s{0,2}=\s{0,2}"text\/html(?:;\s{0,2}charset=utf-8)?")\s{0,2}\/?$/i,
);
/** A page's own style sheet or root, by a relative URL. */
const PLAIN_LINK =
  /^(?:link|base)(?:\s{1,8}(?:rel|href|type|media)\s{0,2}=\s{0,2}["']?(?!\/\/|\w{2,12}:)[\w./ -]{0,80}["']?){1,4}\s{0,2}\/?$/i;

/** A script by a relative URL or none, and with nothing that runs around it. */
const NAMED_SCRIPT =
  /^(?:\s{1,8}(?:async|defer|src\s{0,2}=\s{0,2}["']?(?!\/\/)[\w./-]{0,80}["']?|type\s{0,2}=\s{0,2}["']?(?:text\/javascript|module|application\/json)["']?)){0,4}\s{0,4}\/?$/i;
/** A script of one word and nothing else: nobody looks that up, but a scanner sees whether it comes back. */
const FILLED_SCRIPT = /^\s{0,4}<script>\s{0,4}\w{2,16}\s{0,4}<\/script>\s{0,4}$/i;

/** Whether a comment, or text that is marked as no markup, is one of words that a text quotes. */
export const isNamedComment = (text: string, isSearched: boolean): boolean =>
  isSearched && (WORDS_COMMENT.test(text) || WORDS_CDATA.test(text));

/**
 * Whether a text names the element `script`.
 * @param head of its tag, up to the name
 */
export const isNamedScript = (head: string, text: string, isSearched: boolean): boolean =>
  /^<\/?(?:script|SCRIPT)$/.test(head) &&
  (isSearched || hasSentence(text)) &&
  isInert(text) &&
  !FILLED_SCRIPT.test(text);

/** Whether a script, by its attributes, is none from elsewhere. */
export const isPlainScript = (attributes: string): boolean => NAMED_SCRIPT.test(attributes);

/** Whether a text names an element that loads or runs something. */
export function isNamedActive(element: string, attributes: string, text: string, isSearched: boolean): boolean {
  if (element === 'meta' && PLAIN_META.test(attributes)) return isSearched || !/^\s{1,8}charset/i.test(attributes);
  const isBare = !hasAttributes(attributes);
  if (element === 'template' && isBare) return true;
  return isSearched && (isBare || PLAIN_LINK.test(`${element}${attributes}`)) && isInert(text);
}

/** Whether a text names an element that has no attributes. */
export const isNamedBare = (text: string, isSearched: boolean): boolean =>
  (isSearched || hasSentence(text)) && isInert(text);
