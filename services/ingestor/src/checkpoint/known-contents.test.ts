import { describe, expect, it } from 'vitest';
import { FILE_CLOCK_LAG_MS, KnownContents } from './known-contents.ts';

const DAY_MS = 86_400_000;
const FILES = 9_000;

function withFiles(): KnownContents {
  const known = new KnownContents();
  for (let n = 0; n < FILES; n += 1) {
    known.follow(`/log/${n}.log`);
    known.add(`/log/${n}.log`, Buffer.from(`first ${n}`), { dev: 1, ino: n }).done = true;
    known.looked(`/log/${n}.log`);
  }
  return known;
}
const rememberedBy = (known: KnownContents, afterMs: number): string[] =>
  Object.keys(known.snapshot(1, performance.now() + afterMs).sources);

describe('KnownContents', () => {
  it('forgets all but the last thousand of the sources that were left long ago, and none before', () => {
    const known = withFiles();
    // The last that was found is left first.
    for (let n = FILES - 1; n >= 1; n -= 1) known.leave(`/log/${n}.log`);
    expect(rememberedBy(known, 0).length).toBe(FILES);
    const remembered = rememberedBy(known, DAY_MS);
    expect(remembered.length).toBe(1_001);
    for (const n of [0, 1, 1_000]) expect(remembered).toContain(`/log/${n}.log`);
  });

  it('forgets sources of the last process that nobody follows, and keeps those that somebody does', () => {
    const known = new KnownContents(withFiles().snapshot(1));
    for (let n = 0; n < 2_000; n += 1) known.follow(`/log/${n}.log`);
    expect(rememberedBy(known, 0).length).toBe(FILES);
    expect(rememberedBy(known, DAY_MS).length).toBe(3_000);
  });

  it('knows when it looked last by the very same patterns, unless that is still to come', () => {
    const known = new KnownContents();
    expect(known.lastLook(['/a', '/b'], 200)).toBeUndefined();
    known.lookedFor(['/a', '/b'], 100);
    for (const one of [known, new KnownContents(known.snapshot(1))]) {
      expect(one.lastLook(['/a', '/b'], 200)).toBe(100);
      // All that is there may be newer.
      expect(one.lastLook(['/a', '/b'], 99)).toBe(FILE_CLOCK_LAG_MS);
      for (const others of [['/a'], ['/a', '/c'], ['/a', '/b', '/c']])
        expect(one.lastLook(others, 200)).toBeUndefined();
    }
  });

  it('gives no content the fingerprint of one that it still knows, however many came and went between', () => {
    const known = new KnownContents();
    known.follow('/log');
    const first = known.add('/log', Buffer.from('same'), { dev: 1, ino: 0 });
    for (let ino = 1; ino <= 200; ino += 1) {
      known.add('/log', Buffer.from(`other ${ino}`), { dev: 1, ino }).done = true;
      known.forgetVanished('/log', []);
    }
    expect(known.add('/log', Buffer.from('same'), { dev: 1, ino: 201 }).fingerprint).not.toBe(first.fingerprint);
  });
});
