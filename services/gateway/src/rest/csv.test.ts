import { expect, it } from 'vitest';
import { csvRecord } from './csv.ts';

it.each([
  ['=1+1', "'=1+1"],
  [' -2', "' -2"],
  ['\uff1d1', "'\uff1d1"],
  ["/a;=cmd|'/C calc'!A0", "/a;'=cmd|'/C calc'!A0"],
  ['/a; @SUM(1)', "/a;' @SUM(1)"],
  ['/=a;b=c-d', '/=a;b=c-d'],
])('%s begins no formula, wherever a spreadsheet parts cells', (text, written) => {
  expect(csvRecord([text])).toBe(`"${written}"\r\n`);
});
