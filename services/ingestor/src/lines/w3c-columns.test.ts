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
