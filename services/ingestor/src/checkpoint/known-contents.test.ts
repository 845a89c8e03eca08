import { describe, expect, it } from 'vitest';
import { KnownContents } from './known-contents.ts';

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
    for (let n = 1; n < FILES; n += 1) known.leave(`/log/${n}.log`);
    expect(rememberedBy(known, 0).length).toBe(FILES);
    const remembered = rememberedBy(known, DAY_MS);
    expect(remembered.length).toBe(1_001);
    expect(remembered).toContain('/log/0.log');
    expect(remembered).toContain(`/log/${FILES - 1}.log`);
  });

  it('forgets sources of the last process that nobody follows, and keeps those that somebody does', () => {
    const known = new KnownContents(withFiles().snapshot(1));
    for (let n = 0; n < 2_000; n += 1) known.follow(`/log/${n}.log`);
    expect(rememberedBy(known, 0).length).toBe(FILES);
    expect(rememberedBy(known, DAY_MS).length).toBe(3_000);
  });
});
