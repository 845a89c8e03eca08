import { anyWord, pattern } from '../text/regex.ts';
import type { View } from '../views/view.ts';

/** A drawing in the form of a document. */
const DRAWING = /^\s{0,8}(?:<\?xml[^<>]{0,200}\?>\s{0,8})?<svg\b[^<>]{0,2000}>/i;
/** The same written out in a URL, as style sheets have it; who reads them badly asks for it as a file. */
const DATA_URL = /^[^<>]{0,200}\bdata:image\/svg[+ ]xml(?:;[\w=-]{1,20}){0,3},\s{0,8}(?=<svg\b[^<>]{0,2000}>)/i;
/** What drawings are made of. */
const SHAPE =
  anyWord(`svg g path rect circle ellipse line polyline polygon text tspan defs stop lineargradient radialgradient clippath mask
  title desc`);
/** Anything else, and what shapes can run or lead to. */
const ELSE = pattern`<(?!\/?${SHAPE}[\s\/>]|\?xml\s)|[\s"'\/]on\w{3,24}\s{0,4}=|script:|&#`;

/** Whether a text is a drawing, with nothing in it that runs, loads or leads anywhere. */
export function isPlainImage({ text, kind }: View): boolean {
  if (!text.includes('<')) return false;
  const start = kind === 'embedded' && DRAWING.test(text) ? 0 : (DATA_URL.exec(text)?.[0].length ?? -1);
  return start !== -1 && !ELSE.test(text.slice(start));
}
