import { expect, test } from 'vitest';
import { withoutEscapes, withoutExpansions } from './expansion.ts';

test.each([
  ['b$IFS-c', 'b -c'],
  ['b${IFS}$9-c', 'b -c'],
  ['u$@name', 'uname'],
  ['un${x}ame', 'uname'],
  ['un$(x)ame', 'un$(x)ame'],
  ['un$()ame', 'uname'],
  ['un``ame', 'uname'],
  ['b$x == 1', 'b$x == 1'],
  ['$.ajax()', '$.ajax()'],
])('of %j its shell runs %j', (written, run) => {
  expect(withoutExpansions(written)).toBe(run);
});

test.each([
  ["un''ame", 'uname'],
  ['un"a"me', 'uname'],
  ['u\\na\\me', 'uname'],
  ['/b/./c', '/b/c'],
  [';{uname,-a,-r}', ';uname -a -r'],
  ["I'd like", "I'd like"],
  ['c:\\users', 'c:\\users'],
  ['/./b c:\\users', '/b c:\\users'],
  ['\\d+', '\\d+'],
])('%j is to a shell %j', (written, read) => {
  expect(withoutEscapes(written)).toBe(read);
});
