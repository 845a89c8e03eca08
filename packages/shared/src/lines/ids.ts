import { createHash, hash } from 'node:crypto';

/**
 * Id of a log line: the same whenever and by whomever the line is read, so that reading again is harmless.
 * A UUID of version 8 (RFC 9562, 5.8) over SHA-256 of source, fingerprint and position.
 *
 * @param position byte offset in the file, or index in a pushed batch
 */
export function lineId(source: string, fingerprint: string, position: number): string {
  const h = digest(source, fingerprint, String(position));
  const variant = ((Number.parseInt(h[16]!, 16) & 0x3) | 0x8).toString(16);
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-8${h.slice(13, 16)}-${variant}${h.slice(17, 20)}-${h.slice(20, 32)}`;
}

/** Id of a LineBatch from the range that it covers; also its BullMQ job id, hence no colon and not a number. */
export function lineBatchId(source: string, fingerprint: string, firstPosition: number, endPosition: number): string {
  return `lb-${digest(source, fingerprint, `${firstPosition}-${endPosition}`)}`;
}

/**
 * Fingerprint of a file's content from its first complete line, so that it survives renaming, copying and compressing.
 * @param firstLine bytes up to, not including, the first newline
 * @param generation how many earlier contents of the same source began with the very same line
 */
export function fileFingerprint(firstLine: Uint8Array, generation = 0): string {
  const h = createHash('sha256').update(firstLine).digest('hex').slice(0, 32);
  return generation === 0 ? `f-${h}` : `f-${h}-${generation}`;
}

function digest(...parts: string[]): string {
  return hash('sha256', `${parts.join('\0')}\0`).slice(0, 32);
}
