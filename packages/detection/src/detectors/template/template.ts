import { anyOf, pattern } from '../../text/regex.ts';
import { isSearchParameter } from '../../views/search-phrase.ts';
import type { View } from '../../views/view.ts';
import { Found, type Detector, type Signal } from '../detector.ts';
import { blocksOf } from './block.ts';
import { signalOf } from './expression.ts';
import { readLookup } from './lookup.ts';
import { isMixed } from './mixed.ts';
import { AT_HAND, ON_FIELD } from './names.ts';
import { SIGNALS, type Name } from './signals.ts';

/** A product of two numbers, in lines and brackets that other texts have, too: nothing else counts in these. */
const BARE_ARITHMETIC = anyOf(
  // ColdFusion; Velocity and other engines; Template Toolkit; Xslate.
  /#\s{0,2}\d{1,9}\s{0,2}\*\s{0,2}\d{1,9}\s{0,2}#/,
  /[$#]\(\s{0,2}\d{1,9}\s{0,2}\*\s{0,2}\d{1,9}\s{0,2}\)/,
  /\[%-?\s{0,4}\d{1,9}\s{0,2}\*\s{0,2}\d{1,9}/,
  /<:=?\s{0,4}\d{1,9}\s{0,2}\*\s{0,2}\d{1,9}/,
  // A line of Slim or Haml.
  /[\r\n]\s{0,4}[!&]?={1,2}\s{0,4}\d{1,9}\s{0,2}\*\s{0,2}\d{1,9}\s{0,4}$/,
);
/** A part that Mustache shows where a field is filled in, and for each of many; what takes an argument is a helper. */
const SECTION = pattern`(?!(?:${AT_HAND}|this|constructor|each|if|unless|with|lookup|log)\b|_)[a-z]\w{0,30}(?:\.[a-z]\w{1,30}){0,3}\s{0,4}`;
/** A block of a template that begins and ends. */
const WHOLE_BLOCK = anyOf(
  pattern`\{%[-+]?\s{0,4}(?!${ON_FIELD}-?%\})[a-z]\w{1,16}\b[^%]{0,120}%\}.{0,200}?\{%[-+]?\s{0,4}end`,
  pattern`\{\{[#^]\s{0,2}(?!(?:${ON_FIELD}|${SECTION}(?!\}\}\d))\}\})[a-z]\w{0,16}\b[^:}]{0,80}\}\}.{0,200}?\{\{\/`,
  /#\{?(?:if|foreach|macro|define|literal)\}?\s{0,2}\([^()]{0,80}\).{0,120}?#end\b/i,
  /@(?:php\s|(?:if|for(?:each)?|section|switch|while)\s{0,2}\().{1,120}?@end/i,
  // A variable that is set and then shown.
  /\{%[-+]?\s{0,4}(?:set|assign|capture)\s[^%]{1,120}%\}.{0,80}?\{\{/i,
  /[<[]#assign\s[^<>]{1,120}[>\]].{0,80}?(?:\$\{|\[=)|#set\s{0,2}\(\s{0,2}\$.{1,120}?\)\s{0,4}\$/i,
);
/** An expression that an engine evaluates within a JSON document: braces alone are that document's own. */
const IN_DOCUMENT = /\{\{.{1,80}?\}\}|\$\{.{1,80}?\}|#\{.{1,80}?\}/;
/** A text of FreeMarker's that is read as a template. */
const INTERPRETED = /<@[^<>]{1,60}\?interpret\b/i;
/** Openers and closers of many engines in a row, as lists of attacks try which one is in use. */
const POLYGLOT =
  /\$\{\{<%\[%'"\}\}%\\|\{\{<%|<%\[%|\}\}\s{0,2}<\/script|\}\}%>|\{\{\{(?:(?!\{\{\{).){0,20}<%|<th:\w{1,12}=|\{\{=\{@\{|\{##\}|<%%/;
/** A directive without brackets of its own, of Velocity or FreeMarker. */
const DIRECTIVE =
  /#set\s{0,2}\(\s{0,2}\$|<#(?:assign|import|include|list|macro)\b|\[#(?:assign|import|include)\b|#(?:foreach|evaluate|include|parse)\s{0,2}\(/i;

/** Finds template expressions that compute, call or walk objects; a lone name in braces is an unfilled placeholder. */
export const template: Detector = {
  name: 'template',
  readsDocuments: true,
  signals: SIGNALS,
  gate: ['{', '}}', '<%', '[[', '[#', '[=', '[%', '@(', '$(', '#', '<#', '<@', '<:', '<th:', '<break>', '@end'],
  run(view: View): Signal[] {
    const { text } = view;
    const found = new Found();
    const add = (name: Name, start: number, end: number) => {
      found.add(name, start, Math.min(end, text.length));
    };
    const addMatch = (name: Name, match: RegExpExecArray | null) => {
      if (match !== null) add(name, match.index, match.index + match[0].length);
    };
    const isSearched = isSearchParameter(view.name);
    readLookup(text, isSearched, add);
    if (view.json && !IN_DOCUMENT.test(text)) return found.signals;
    for (const block of blocksOf(text)) {
      const name = signalOf(block, text, isSearched);
      if (name !== undefined) add(name, block.start, block.end);
    }
    addMatch('arithmetic', BARE_ARITHMETIC.exec(text));
    addMatch('statement', WHOLE_BLOCK.exec(text));
    addMatch('object-walk', INTERPRETED.exec(text));
    if (POLYGLOT.test(text) || (!view.isQuery && !view.json && isMixed(text))) add('polyglot', 0, text.length);
    if (DIRECTIVE.test(text)) add('directive', 0, 80);
    return found.signals;
  },
};
