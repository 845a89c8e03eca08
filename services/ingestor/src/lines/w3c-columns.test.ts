import { FORMAT_LENGTH_MAX } from '@vigil/shared/contracts';
import { expect, it } from 'vitest';
import { W3cColumns } from './w3c-columns.ts';

const headersAfter = (...windows: string[]): (string | undefined)[] => {
  const columns = new W3cColumns();
  return windows.map((text) => {
    columns.pass(Buffer.from(text, 'latin1'));
    return columns.header;
  });
};

it('knows the last line that names the columns', () => {
  expect(
    headersAfter(
      '#Software: IIS\r\n#Fields: date time a\r\n2026-03-02 00:00:21 #Fields: no\r\n',
      '2026-03-02 00:00:22 b\r\n',
      '2026-03-02 00:00:23 b\n#Fields: date time b\n2026-03-02 00:00:24 #Fields: c',
    ),
  ).toEqual(['#Fields: date time a', '#Fields: date time a', '#Fields: date time b']);
});

it('takes nothing out of a log that does not begin as one of the W3C', () => {
  expect(headersAfter('203.0.113.5 - -\n#Fields: date time a\n', '#Fields: date time b\n')).toEqual([
    undefined,
    undefined,
  ]);
});

it('says whether lines name the columns, which a line that is cut off does not', () => {
  const columns = new W3cColumns();
  const named = (text: string): boolean => columns.pass(Buffer.from(text, 'latin1'));
  expect([columns.isW3c, named('')]).toEqual([false, false]);
  expect([named('#Software: IIS\n'), columns.isW3c]).toEqual([false, true]);
  expect([named('#Fields: a b\n'), columns.header]).toEqual([true, '#Fields: a b']);
  for (const text of ['2026-03-02 #Fields: no\n', '#Fields: a b c']) expect(named(text)).toBe(false);
  expect(columns.header).toBe('#Fields: a b');
});

it('takes columns as long as a format may be, and knows of none where they are longer', () => {
  const longest = '#Fields: '.padEnd(FORMAT_LENGTH_MAX, 'x');
  expect(headersAfter(`${longest}\n`, `${longest}x\n`)).toEqual([longest, undefined]);
});
