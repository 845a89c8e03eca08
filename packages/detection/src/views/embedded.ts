import { decodeText } from './decode.ts';
import { hasMixedRun } from './char-marks.ts';
import { changedView, type View } from './view.ts';

const BASE64 = /^[A-Za-z0-9+/_-]{12,8192}={0,2}$/;
const JWT = /^eyJ[A-Za-z0-9_-]{6,4096}\.[A-Za-z0-9_-]{6,8192}(?:\.[A-Za-z0-9_-]{0,2048})?$/;
const LEAVES_MAX = 48;

/** Views of what is inside a value: base64 and JWT that hold text, JSON's strings, parameters of a nested URL. */
export function embeddedViews(base: View, depth = 0): View[] {
  if (depth > 2 || base.text.length < 4) return [];
  const views: View[] = [];
  const add = (text: string, decoder: string) => {
    if (views.length >= LEAVES_MAX || text === base.text) return;
    const inner = decodeText(text, false);
    const view = changedView(base, {
      kind: 'embedded',
      decoded: [...base.decoded, decoder, ...inner.chain],
      text: inner.text,
      // A string within a document is a text of its own, not a document.
      json: false,
    });
    views.push(view);
    if (inner.unescaped !== undefined) {
      const { unescaped } = inner;
      views.push(changedView(view, { decoded: [...base.decoded, decoder, ...unescaped.chain], text: unescaped.text }));
    }
    views.push(...embeddedViews(view, depth + 1));
  };
  const trimmed = base.text.trim();
  const first = trimmed[0];
  if (JWT.test(trimmed) && hasMixedRun(trimmed)) {
    for (const segment of trimmed.split('.').slice(0, 2)) {
      const text = decodeBase64(segment);
      if (text !== undefined) add(text, 'jwt');
    }
    return views;
  }
  if ((first === '{' || first === '[') && trimmed.length <= 8192) {
    const leaves = jsonLeaves(trimmed);
    for (const leaf of leaves ?? []) add(leaf, 'json');
    return views;
  }
  const candidate = trimmed.replaceAll(' ', '+');
  if (BASE64.test(candidate) && hasMixedRun(candidate)) {
    const text = decodeBase64(candidate);
    if (text !== undefined) add(text, 'base64');
    return views;
  }
  const data = /^data:[^,]{0,64};base64,([A-Za-z0-9+/ ]{8,8192})/i.exec(trimmed);
  if (data !== null) {
    const text = decodeBase64((data[1] ?? '').replaceAll(' ', '+'));
    if (text !== undefined) add(text, 'base64');
  }
  const query = trimmed.indexOf('?');
  if (
    query !== -1 &&
    query < 512 &&
    /^(?:[a-z][a-z0-9+.-]{1,12}:)?\/|^[\w./-]{0,512}$/i.test(trimmed.slice(0, query) || '/')
  ) {
    for (const pair of trimmed.slice(query + 1).split('&', 32)) {
      const equals = pair.indexOf('=');
      if (equals > 0 && equals < pair.length - 3) add(pair.slice(equals + 1), 'url');
    }
  }
  return views;
}

/** Text of a base64 value, or nothing where the bytes are not text. The first bytes decide for nearly every random id. */
export function decodeBase64(value: string): string | undefined {
  const head = Buffer.from(value.slice(0, 16), 'base64');
  for (const byte of head) if (!isText(byte)) return undefined;
  const bytes = Buffer.from(value, 'base64');
  let odd = 0;
  for (const byte of bytes) if (!isText(byte)) odd += 1;
  return odd * 20 > bytes.length ? undefined : bytes.toString('latin1');
}

const isText = (byte: number) => (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** Keys and strings of a JSON text, or nothing where it is not JSON. */
export function jsonLeaves(text: string): string[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const leaves: string[] = [];
  const stack: unknown[] = [value];
  while (stack.length > 0 && leaves.length < LEAVES_MAX) {
    const node = stack.pop();
    if (typeof node === 'string') {
      leaves.push(toBytes(node));
    } else if (Array.isArray(node)) {
      stack.push(...(node as unknown[]).slice(0, LEAVES_MAX));
    } else if (typeof node === 'object' && node !== null) {
      for (const [key, child] of Object.entries(node).slice(0, LEAVES_MAX)) {
        leaves.push(toBytes(key));
        stack.push(child);
      }
    }
  }
  return leaves;
}

/** Back to one code unit per byte, the form that decoders read. */
function toBytes(text: string): string {
  return /[^\x00-\x7f]/.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}
