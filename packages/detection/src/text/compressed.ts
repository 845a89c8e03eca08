/** What compressed files begin with, and the command that unpacks each to its standard output. */
const MARKS: readonly (readonly [mark: string, program: string])[] = [
  ['\x1f\x8b', 'gzip -dc'],
  ['\x28\xb5\x2f\xfd', 'zstd -dc'],
  ['\xfd7zXZ\0', 'xz -dc'],
  ['BZh', 'bzip2 -dc'],
  ['\x04\x22\x4d\x18', 'lz4 -dc'],
  ['\x1f\x9d', 'uncompress -c'],
  ['PK\x03\x04', 'unzip -p'],
];

/** What to do about a log of which these are the first bytes, if it is compressed and its name does not say so. */
export function compressedAdvice(bytes: Buffer): string | undefined {
  const beginning = bytes.toString('latin1', 0, 8);
  const program = MARKS.find(([mark]) => beginning.startsWith(mark))?.[1];
  if (program === undefined) return undefined;
  return `it is compressed, and only names that end in .gz or .zst are unpacked; unpack it ("${program}")`;
}
