const BEYOND_LATIN1 = /[^\x00-\xff]/;

/**
 * The same text with memory of its own. V8 cuts strings without copying them, so that a short text which is kept for long keeps the
 * whole line alive that it was cut from.
 */
export function ownCopy(text: string): string {
  const encoding = BEYOND_LATIN1.test(text) ? 'utf16le' : 'latin1';
  return Buffer.from(text, encoding).toString(encoding);
}
