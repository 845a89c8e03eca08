import { codeAt, type Chars } from '../text/chars.ts';

const FNV_OFFSET = 0x811c_9dc5;
const FNV_PRIME = 0x0100_0193;
/** Characters that are hashed one by one; of longer texts only as many, evenly spread, so that no field costs much. */
export const SAMPLES_MAX = 64;

/** A 32-bit hash of chars[start, end): FNV-1a with a finish that mixes the low bits, which is what bitmaps use. */
export function hashText(
  chars: Chars,
  start = 0,
  end = chars.length,
  seed = FNV_OFFSET,
  samplesMax = SAMPLES_MAX,
): number {
  const length = end - start;
  const step = length <= samplesMax ? 1 : length / samplesMax;
  let hash = seed ^ length;
  if (step === 1) for (let i = start; i < end; i += 1) hash = Math.imul(hash ^ codeAt(chars, i), FNV_PRIME);
  // Steps are counted from 0, so that they round alike wherever the text stands.
  else for (let i = 0; i < length; i += step) hash = Math.imul(hash ^ codeAt(chars, start + (i | 0)), FNV_PRIME);
  return mix(hash);
}

/** Spreads every bit of a 32-bit number over all (MurmurHash3's finish). */
export function mix(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
