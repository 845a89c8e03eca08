import { isUtf8 } from 'node:buffer';
import { storableText } from '@vigil/shared/text/storable-text';

const NOT_ASCII = /[^\x01-\x7f]/;
const BEYOND_LATIN1 = /[^\x00-\xff]/;

/** How the bytes of a line became text, so that positions in the one can be told in the other. */
export type Encoding = 'utf8' | 'latin1';

/** Encoding of text that holds one code unit per byte: UTF-8 where the bytes are that, else Latin-1. */
export function encodingOf(bytes: string): Encoding {
  return NOT_ASCII.test(bytes) && isUtf8(Buffer.from(bytes, 'latin1')) ? 'utf8' : 'latin1';
}

/** Text that holds one code unit per byte, as Unicode that PostgreSQL can store. */
export function decodeText(bytes: string, encoding?: Encoding): string {
  if (!NOT_ASCII.test(bytes)) return bytes;
  return storableText(
    (encoding ?? encodingOf(bytes)) === 'utf8' ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes,
  );
}

/** Text out of a decoder: Unicode where it holds such characters, else taken for bytes. */
export function decodeView(text: string): string {
  if (!NOT_ASCII.test(text)) return text;
  return BEYOND_LATIN1.test(text) ? storableText(text) : decodeText(text);
}

/** The first bytes of a line, cut where a character begins. */
export function cutBytes(bytes: string, bytesMax: number): string {
  if (bytes.length <= bytesMax) return bytes;
  let end = bytesMax;
  // At most three continuation bytes stand before a character's first one.
  while (end > bytesMax - 3 && (bytes.charCodeAt(end) & 0xc0) === 0x80) end -= 1;
  return bytes.slice(0, end);
}
