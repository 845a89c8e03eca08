const FNV_OFFSET = 0x811c_9dc5;
const FNV_PRIME = 0x0100_0193;
/** Characters that are hashed one by one; of longer texts only as many, evenly spread, so that no field costs much. */
const SAMPLES_MAX = 64;

/** A 32-bit hash of text[start, end): FNV-1a with a finish that mixes the low bits, which is what bitmaps use. */
export function hashText(
  text: string,
  start = 0,
  end = text.length,
  seed = FNV_OFFSET,
  samplesMax = SAMPLES_MAX,
): number {
  const length = end - start;
  const step = length <= samplesMax ? 1 : length / samplesMax;
  let hash = seed ^ length;
  if (step === 1) for (let i = start; i < end; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME);
  else for (let i = start; i < end; i += step) hash = Math.imul(hash ^ text.charCodeAt(i | 0), FNV_PRIME);
  return mix(hash);
}

/** `hashText` of bytes[start, end). By a loop of its own: one for texts and bytes makes an ordinary line take a twentieth longer. */
export function hashBytes(
  bytes: Buffer,
  start: number,
  end: number,
  seed = FNV_OFFSET,
  samplesMax = SAMPLES_MAX,
): number {
  const length = end - start;
  const step = length <= samplesMax ? 1 : length / samplesMax;
  let hash = seed ^ length;
  if (step === 1) for (let i = start; i < end; i += 1) hash = Math.imul(hash ^ (bytes[i] as number), FNV_PRIME);
  // Steps are counted from 0 like those of a text, whose sums round alike.
  else for (let i = 0; i < length; i += step) hash = Math.imul(hash ^ (bytes[start + (i | 0)] as number), FNV_PRIME);
  return mix(hash);
}

/** Spreads every bit of a 32-bit number over all (MurmurHash3's finish). */
export function mix(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
