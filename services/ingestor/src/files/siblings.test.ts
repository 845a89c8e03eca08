import { describe, expect, it } from 'vitest';
import { withoutRotated } from './discover.ts';
import { compareAge, isRotatedForm, originalOfArchive } from './siblings.ts';

describe('rotated files', () => {
  it.each([
    'a.log.1',
    'a.log.12.gz',
    'a.log-20260301',
    'a.log-20260301-1772323200.gz',
    'a.log.2026-03-01',
    'a.log.old',
    'a.log.gz',
    'a.log.1.zst',
  ])('are recognised: %s', (name) => expect(isRotatedForm(name, 'a.log')).toBe(true));
  it.each(['a.log', 'a.log.txt', 'b.log.1', 'a.logger', 'a.log1x', 'a.log.error'])(
    'are not confused with others: %s',
    (name) => expect(isRotatedForm(name, 'a.log')).toBe(false),
  );
  it('are ordered by number, else by the time of the last write', () => {
    const age = (a: string, b: string, aMs = 0, bMs = 0) =>
      Math.sign(compareAge('/l/a', { path: a, mtimeMs: aMs }, { path: b, mtimeMs: bMs }));
    expect(age('/l/a.2', '/l/a.1', 5, 1)).toBe(-1);
    expect(age('/l/a.10.gz', '/l/a.9.gz')).toBe(-1);
    expect(age('/l/a-20260301', '/l/a-20260302', 1, 2)).toBe(-1);
  });
  it.each([
    ['/l/a.log.2.gz', '/l/a.log'],
    ['/l/a.log-20260301.gz', '/l/a.log'],
    ['/l/a.log.zst', '/l/a.log'],
  ])('give the log that they come from: %s', (path, original) => expect(originalOfArchive(path)).toBe(original));
  it('stay out of a glob beside, and after, the log that they come from', () => {
    expect(withoutRotated(['/l/a.log', '/l/a.log.1', '/l/b.log'], [])).toEqual(['/l/a.log', '/l/b.log']);
    expect(withoutRotated(['/l/a.log.1'], ['/l/a.log'])).toEqual([]);
    expect(withoutRotated(['/m/a.log.1'], ['/l/a.log'])).toEqual(['/m/a.log.1']);
  });
});
