import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { compressedAdvice } from './compressed.ts';

it.each([
  ['gzip -dc', gzipSync('line\n')],
  ['zstd -dc', zstdCompressSync('line\n')],
  ['xz -dc', Buffer.from('fd377a585a000004', 'hex')],
  ['bzip2 -dc', Buffer.from('BZh91AY&SY')],
  ['unzip -p', Buffer.from('504b030414000000', 'hex')],
])('says by what a log is unpacked: %s', (program, bytes) => {
  expect(compressedAdvice(bytes)).toContain(`"${program}"`);
});

it.each(['', '192.0.2.1 - - [', '{"time":', 'PK'])('finds nothing to unpack in %j', (text) => {
  expect(compressedAdvice(Buffer.from(text))).toBeUndefined();
});
