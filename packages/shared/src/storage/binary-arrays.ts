/**
 * Arrays as PostgreSQL sends them in binary. As text each element is quoted here and taken apart there, character by character, which
 * for the rows of events costs either side more than anything else that it does with them.
 */

/** Object ids of element types, as every PostgreSQL has them. Source: `pg_type.dat`. */
const TEXT = 25;
const JSON_TEXT = 114;
const FLOAT8 = 701;
const TIMESTAMPTZ = 1184;

/** Dimensions, whether any element is null, type, length and lower bound: four bytes each. */
const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;
const NULL_LENGTH = -1;

/** Where `timestamptz` counts from, in microseconds. */
const EPOCH_MS = Date.UTC(2000, 0, 1);

/** A `text[]`. What is no text to PostgreSQL, U+0000, it refuses as it does in any other form. */
export function textArray(values: readonly (string | null)[]): Buffer {
  return ofTexts(TEXT, values);
}

/** A `json[]` of JSON texts: a `text[]` would be written out once more to be read as JSON. */
export function jsonArray(values: readonly (string | null)[]): Buffer {
  return ofTexts(JSON_TEXT, values);
}

function ofTexts(type: number, values: readonly (string | null)[]): Buffer {
  const lengths = values.map((value) => (value === null ? 0 : Buffer.byteLength(value)));
  const bytes = lengths.reduce((total, length) => total + LENGTH_BYTES + length, HEADER_BYTES);
  const array = withHeader(bytes, type, values.length);
  let at = HEADER_BYTES;
  for (const [index, value] of values.entries()) {
    at = array.writeInt32BE(value === null ? NULL_LENGTH : lengths[index]!, at);
    if (value !== null) at += array.write(value, at);
  }
  return array;
}

/** A `float8[]`; whole numbers up to 2^53 stay what they are. */
export function float8Array(values: readonly number[]): Buffer {
  return ofEightBytes(FLOAT8, values, (array, value, at) => array.writeDoubleBE(value, at));
}

/** A `timestamptz[]`. @param timesMs whole milliseconds since 1970 */
export function timestampArray(timesMs: readonly number[]): Buffer {
  return ofEightBytes(TIMESTAMPTZ, timesMs, (array, timeMs, at) =>
    array.writeBigInt64BE(BigInt(timeMs - EPOCH_MS) * 1000n, at),
  );
}

function ofEightBytes(
  type: number,
  values: readonly number[],
  write: (array: Buffer, value: number, at: number) => number,
): Buffer {
  const array = withHeader(HEADER_BYTES + values.length * (LENGTH_BYTES + 8), type, values.length);
  let at = HEADER_BYTES;
  for (const value of values) at = write(array, value, array.writeInt32BE(8, at));
  return array;
}

function withHeader(bytes: number, type: number, length: number): Buffer {
  const array = Buffer.allocUnsafe(bytes);
  const mayHoldNulls = type === TEXT || type === JSON_TEXT ? 1 : 0;
  for (const [index, field] of [1, mayHoldNulls, type, length, 1].entries()) array.writeInt32BE(field, index * 4);
  return array;
}
