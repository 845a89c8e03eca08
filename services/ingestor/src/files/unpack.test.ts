import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openArchive } from './stream-bytes.ts';
import { isDamage } from './unpack.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-unpack-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Lines that no compression shortens to nothing. */
function linesOf(count: number): string {
  const line = (_: unknown, n: number): string => `${n} ${createHash('sha256').update(String(n)).digest('hex')}\n`;
  return Array.from({ length: count }, line).join('');
}

async function readAll(name: string, archive: Buffer): Promise<{ text: string; damage: Error | undefined }> {
  const path = join(folder, name);
  await writeFile(path, archive);
  const bytes = openArchive(path);
  let text = '';
  try {
    for (;;) {
      const read = await bytes.read(text.length);
      text += read.bytes.toString('latin1');
      if (read.behind !== 'more') return { text, damage: read.damage };
    }
  } catch (error) {
    return { text, damage: error as Error };
  } finally {
    await bytes.close();
  }
}

const JUNK = Buffer.from('no member of an archive');

describe.each([
  ['gz', (text: string) => gzipSync(text)],
  ['zst', (text: string) => zstdCompressSync(text)],
])('an archive .%s', (suffix, pack) => {
  it.each([1, 50, 5_000, 20_000])('of %i lines is given whole', async (count) => {
    const text = linesOf(count);
    const { text: found, damage } = await readAll(`whole.${suffix}`, pack(text));
    expect([found === text, damage]).toEqual([true, undefined]);
  });

  it('of several parts is given whole', async () => {
    const parts = [linesOf(40), '', linesOf(4_000), linesOf(1)];
    const { text, damage } = await readAll(`parts.${suffix}`, Buffer.concat(parts.map(pack)));
    expect([text === parts.join(''), damage]).toEqual([true, undefined]);
  });

  it.each([1, 50, 5_000, 20_000])('of %i lines with junk behind them gives all of these', async (count) => {
    const text = linesOf(count);
    const { text: found, damage } = await readAll(`junk.${suffix}`, Buffer.concat([pack(text), JUNK]));
    expect([found === text, isDamage(damage)]).toEqual([true, true]);
  });

  it('without one unpacked byte is damaged and no more', async () => {
    const { text, damage } = await readAll(`none.${suffix}`, JUNK);
    expect([text, isDamage(damage)]).toEqual(['', true]);
  });
});

it('takes zeros behind an archive of gzip, as tapes pad it, for no damage', async () => {
  const archive = Buffer.concat([gzipSync('line\n'), Buffer.alloc(200)]);
  expect(await readAll('padded.gz', archive)).toEqual({ text: 'line\n', damage: undefined });
});

it('reads over what is no log in an archive of zstd, such as the lengths that pzstd writes', async () => {
  const text = linesOf(40);
  const skipped = Buffer.concat([Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0]), Buffer.from('size')]);
  const parts = [skipped, zstdCompressSync(text), skipped, zstdCompressSync(text)];
  const { text: found, damage } = await readAll('skippable.zst', Buffer.concat(parts));
  expect([found === text + text, damage]).toEqual([true, undefined]);
});

it.each([50, 5_000, 20_000])(
  'gives of an archive of %i lines that is cut off what no more bytes would change',
  async (count) => {
    const text = linesOf(count);
    const archive = gzipSync(text);
    // Its checksum and length alone are missing,
    const whole = await readAll('cut.gz', archive.subarray(0, -8));
    expect([whole.text === text, whole.damage]).toEqual([true, expect.objectContaining({ code: 'Z_BUF_ERROR' })]);
    // or what is packed, too.
    const { text: found, damage } = await readAll('cut.gz', archive.subarray(0, archive.length / 2));
    expect(damage).toMatchObject({ code: 'Z_BUF_ERROR' });
    expect(text.startsWith(found)).toBe(true);
    expect(found.length).toBeGreaterThan(text.length * 0.4);
  },
);

it('gives what comes before damage within an archive', async () => {
  const text = linesOf(20_000);
  const archive = gzipSync(text, { level: 0 });
  // Twenty blocks are stored as they are, each behind its length.
  let block = 10;
  let sound = 0;
  for (let n = 0; n < 20; n += 1) {
    const bytes = archive.readUInt16LE(block + 1);
    block += 5 + bytes;
    sound += bytes;
  }
  archive.fill(0xff, block, block + 5);
  const { text: found, damage } = await readAll('damaged.gz', archive);
  expect(damage).toMatchObject({ code: 'Z_DATA_ERROR' });
  expect(found === text.slice(0, sound)).toBe(true);
});
