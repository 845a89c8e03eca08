import { createHash } from 'node:crypto';
import type { Proof } from './checkpoint-state.ts';

/** Bytes at the start of a content, and before the place up to which it was read, that tell it from others. */
export const PROOF_BYTES = 4_096;

/** By what bytes are recognised wherever they have moved to. */
export function proofOf(bytes: Uint8Array): Proof {
  return { length: bytes.byteLength, sha: shaOf(bytes) };
}

/** SHA-256, its first 32 hex digits: enough to tell bytes that nobody made to be mistaken for others. */
export function shaOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 32);
}
