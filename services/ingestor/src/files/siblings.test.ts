import { describe, expect, it } from 'vitest';
import { withoutRotated } from './discover.ts';
import { isRotatedForm, oldestFirst, originalOfArchive } from './siblings.ts';

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
  it.each([
    ['numbers', ['.10.gz', '.9.gz', '.2.zst', '.1']],
    ['dates', ['-20251231.gz', '-20260301.gz', '-20260302']],
    ['dates with dashes', ['.2026-02-28.gz', '.2026-03-01.gz', '.2026-03-02']],
    ['hours', ['-2026030109', '-2026030110.gz', '-2026030200']],
    ['times', ['-20260301T0900', '-20260301T1000', '-20260302T0000']],
    ['dates and seconds', ['-20260301-1772323200.gz', '-20260301-1772326800']],
    ['dates and numbers within the day', ['.2026-03-01.9', '.2026-03-01.10', '.2026-03-02.0']],
    ['a date that was there already', ['-20260301', '-20260301.1', '-20260301.2', '-20260302']],
    ['months', ['-202512', '-202601']],
    ['days of the year', ['-2025365', '-2026001', '-2026010']],
    ['seconds', ['.1772323200', '.1772326800.gz']],
  ])('are ordered by their names, whatever times a copy gave them: %s', (_what, suffixes) => {
    const files = suffixes.map((suffix, index) => ({ path: `/l/a${suffix}`, mtimeMs: -index }));
    expect(oldestFirst('/l/a', files)).toEqual(files);
    expect(oldestFirst('/l/a', files.toReversed())).toEqual(files);
  });
  it('are ordered by the time of the last write where names say nothing, or not the same', () => {
    const order = (...files: [suffix: string, mtimeMs: number][]): string[] =>
      oldestFirst(
        '/l/a',
        files.map(([suffix, mtimeMs]) => ({ path: `/l/a${suffix}`, mtimeMs })),
      ).map(({ path }) => path.slice('/l/a'.length));
    expect(order(['.old', 2], ['.bak', 1])).toEqual(['.bak', '.old']);
    expect(order(['-01032026', 1], ['-28022026', 0])).toEqual(['-28022026', '-01032026']);
    // A rotation that was told to write dates from then on.
    expect(order(['-20260302', 4], ['.1', 2], ['-20260301', 3], ['.2', 1])).toEqual([
      '.2',
      '.1',
      '-20260301',
      '-20260302',
    ]);
    expect(order(['.1', 1], ['-20260301', 2], ['.2', 3])).toEqual(['-20260301', '.2', '.1']);
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
  it('stay out of a glob that finds many thousands, none of which is compared with each other one', () => {
    const logs = Array.from({ length: 30_000 }, (_, n) => `/l/site-${n}/access.log`);
    expect(withoutRotated([...logs, ...logs.map((log) => `${log}.1`)], [])).toEqual(logs);
  });
});
