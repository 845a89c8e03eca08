import { anyWord, pattern } from '../../text/regex.ts';
import { isSearchParameter } from '../search-phrase.ts';
import { DOCUMENT_LENGTH_MAX, type EmbeddedText } from './embedded-text.ts';

/** A text in an element of XML, and the element's name. */
const ELEMENT = /<([a-z_][\w:.-]{0,60})(?:\s[^<>]{0,400})?>([^<]{2,2000})(?=<\/)/gi;
/** Elements of HTML, in which people write of anything. */
const HTML_NAME = pattern`^${anyWord(`a abbr article aside b bdi big blockquote body button caption center cite code dd del details dfn div dl dt em
  figcaption figure font footer form h1 h2 h3 h4 h5 h6 head header html i ins kbd label legend li main mark nav ol option p pre q s samp
  script section select small span strike strong style sub summary sup svg table tbody td text textarea tfoot th thead title tr tt u ul var`)}$`;

/**
 * Texts of the elements of an XML document; none of another text.
 * @param name of the parameter that holds it
 */
export function xmlTexts(document: string, name: string | undefined): EmbeddedText[] {
  const texts: EmbeddedText[] = [];
  if (document[0] !== '<') return texts;
  for (const [, element = '', text = ''] of document.slice(0, DOCUMENT_LENGTH_MAX).matchAll(ELEMENT))
    if (!HTML_NAME.test(element)) texts.push({ decoder: 'xml', text, name: isSearchParameter(name) ? name : element });
  return texts;
}
