import { decodeText } from './decode.ts';
import { base64Parts, jwtTexts, wholeBase64 } from './embedded/base64.ts';
import { graphqlTexts } from './embedded/graphql.ts';
import { hexadecimalTexts } from './embedded/hexadecimal.ts';
import { DOCUMENT_LENGTH_MAX, type EmbeddedText } from './embedded/embedded-text.ts';
import { isDocument, jsonLeaves, LEAVES_MAX, malformedMembers } from './embedded/json.ts';
import { oddMembers } from './embedded/list.ts';
import { pairsIn } from './embedded/pairs.ts';
import { xmlTexts } from './embedded/xml.ts';
import { changedView, type View } from './view.ts';

/** Views of one value with all that is in it. */
const VIEWS_MAX = 192;

/**
 * Views of what is inside a value: base64, hexadecimal and JWT that hold text, JSON's strings, elements of XML, texts that a document of
 * GraphQL passes, parameters of a nested URL, fields of a form, a member of a list.
 */
export function embeddedViews(base: View, depth = 0): View[] {
  if (depth > 2 || base.text.length < 4) return [];
  const views: View[] = [];
  for (const { decoder, text, name = base.name } of embeddedTexts(base)) {
    if (views.length >= LEAVES_MAX) break;
    if (text === base.text) continue;
    const inner = decodeText(text, decoder === 'url');
    const view = changedView(base, {
      kind: 'embedded',
      decoded: [...base.decoded, decoder, ...inner.chain],
      text: inner.text,
      name,
      // A string within a document is a text of its own, not a document.
      json: decoder !== 'json' && isDocument(inner.text),
    });
    views.push(view);
    if (inner.unescaped !== undefined) {
      const { unescaped } = inner;
      views.push(changedView(view, { decoded: [...base.decoded, decoder, ...unescaped.chain], text: unescaped.text }));
    }
  }
  if (views.length === 0) return views;
  // Outer ones first, so that what is deep inside does not keep from view what is not.
  return [...views, ...views.flatMap((view) => embeddedViews(view, depth + 1))].slice(0, VIEWS_MAX);
}

function embeddedTexts(base: View): EmbeddedText[] {
  const text = base.text.trim();
  const whole = documentTexts(text, base.name) ?? hexadecimalTexts(text) ?? wholeBase64(text);
  if (whole !== undefined) return whole;
  // What is left of a list is not read as one again: it may be as long as the list, and would be read twice more each time.
  const members = base.decoded.includes('list') ? [] : oddMembers(base.text);
  return [...xmlTexts(text, base.name), ...base64Parts(text), ...members, ...pairsIn(text)];
}

/**
 * Texts of a document that is nothing else as well; undefined where there is none.
 * @param name of the parameter that holds it
 */
function documentTexts(text: string, name: string | undefined): EmbeddedText[] | undefined {
  const first = text[0];
  if (first === 'e') return jwtTexts(text);
  if (first !== '{' && first !== '[') return graphqlTexts(text);
  const leaves = text.length <= DOCUMENT_LENGTH_MAX ? jsonLeaves(text, name) : undefined;
  return leaves ?? graphqlTexts(text) ?? malformedMembers(text);
}
