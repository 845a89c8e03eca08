import { anyOf, pattern } from '../../text/regex.ts';
import { DOCUMENT_LENGTH_MAX, type EmbeddedText } from './embedded-text.ts';

/** Keys and strings of a document that are read. */
export const LEAVES_MAX = 96;
/** Where the value of a member ends: before the next one, or with the text. */
const MEMBER_END = /(?=\s{0,4}(?:[}\]]|,\s{0,4}["'\w}]|$))/;
/**
 * A member of an object that is no JSON, as it was cut off, has single quotes or a comma too many: its name, and a text in quotes or, behind
 * a name in double ones, whatever stands there.
 */
const MEMBER = new RegExp(
  pattern`${anyOf(/"([^"\\]{1,64})"/, /'([^'\\]{1,64})'/, /(?<![\w$"'])([A-Za-z_$][\w$]{0,63})/)}\s{0,4}:\s{0,4}${anyOf(
    pattern`"((?:[^"\\]|\\[^]){1,2000})${anyOf(pattern`"${MEMBER_END}`, /$/)}`,
    pattern`'((?:[^'\\]|\\[^]){1,2000})${anyOf(pattern`'${MEMBER_END}`, /$/)}`,
    pattern`(?<="\s{0,4}:\s{0,4})(?![\s"'])([^{}[\]"]{1,400}?)${MEMBER_END}`,
  )}`,
  'g',
);

/** Keys that say how a field is compared, not what it is; those of a search for a part of it are names of a search themselves. */
const COMPARES = /^[$_]{0,2}(?:eq|ne|in|nin|match|value|\d{1,3})$/i;

/** Keys and strings of a JSON text, or nothing where it is not JSON. `name` is that of the parameter that holds it. */
export function jsonLeaves(text: string, name?: string): EmbeddedText[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const leaves: EmbeddedText[] = [];
  const stack: [node: unknown, name: string | undefined][] = [[value, name]];
  for (let item = stack.pop(); item !== undefined && leaves.length < LEAVES_MAX; item = stack.pop()) {
    const [node, within] = item;
    if (typeof node === 'string') leaves.push({ decoder: 'json', text: toBytes(node), name: within });
    else if (Array.isArray(node))
      stack.push(
        ...node.slice(0, LEAVES_MAX).map((child: unknown) => [child, within] as [unknown, string | undefined]),
      );
    else if (typeof node === 'object' && node !== null) {
      for (const [key, child] of Object.entries(node).slice(0, LEAVES_MAX)) {
        leaves.push({ decoder: 'json', text: toBytes(key), name: within });
        stack.push([child, COMPARES.test(key) ? within : key]);
      }
    }
  }
  return leaves;
}

/** Whether a text is a JSON document whose keys and strings are all read by themselves. */
export function isDocument(text: string): boolean {
  const first = text.trimStart()[0];
  if (first !== '{' && first !== '[') return false;
  const leaves = jsonLeaves(text);
  return leaves !== undefined && leaves.length < LEAVES_MAX;
}

/** Members of what begins as a document and is no JSON. */
export function malformedMembers(text: string): EmbeddedText[] {
  return Array.from(
    text.slice(0, DOCUMENT_LENGTH_MAX).matchAll(MEMBER),
    ([, double, single, bare, inDouble, inSingle, unquoted]) => ({
      decoder: 'json',
      text: (inDouble ?? inSingle ?? unquoted ?? '').replace(/\\(["'\\/])/g, '$1'),
      name: double ?? single ?? bare,
    }),
  );
}

/** Back to one code unit per byte, the form that decoders read. */
function toBytes(text: string): string {
  return /[^\x00-\x7f]/.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}
