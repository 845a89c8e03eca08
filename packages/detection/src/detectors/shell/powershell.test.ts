import { expect, test } from 'vitest';
import { createEngine } from '../../index.ts';
import { requestOf } from '../../rules/example-request.ts';
import { PLAIN } from './vocabulary.ts';
import { withoutBackticks } from './powershell.ts';

test.each([
  ['i`e`x $b', 'iex $b'],
  ['`i`e`x', 'iex'],
  ['; Inv`oke-Expr`ession b', '; Invoke-Expression b'],
  ['b|ip`conf`ig', 'b|ipconfig'],
  ['I`d like', 'I`d like'],
  ['rock`n`roll', 'rock`n`roll'],
  ['`curl`', '`curl`'],
  ['b`id`c', 'b`id`c'],
  ['`b`.`id`', '`b`.`id`'],
])('%j is to PowerShell %j', (written, read) => {
  expect(withoutBackticks(written, (name) => PLAIN.has(name))).toBe(read);
});

test('a command is found behind backticks, which elsewhere stand for apostrophes and quote names', () => {
  const engine = createEngine();
  const severity = (text: string) => {
    const request = requestOf({ target: `/a?f=${encodeURIComponent(text)}` });
    return engine.conclude(request, engine.inspect(request)).severity;
  };
  for (const text of ['i`wr http://b.example', "'; St`art-Pro`cess b; '", 'b & ce`rt`util -urlcache', '(i`e`x $b)'])
    expect([text, severity(text)]).toEqual([text, 'HIGH']);
  for (const text of ['she`ll call', 'it`s Tom`s; don`t stop', 'Qur`an & Hadith', '`a`,`b`', 'o`clock | s`more'])
    expect([text, severity(text)]).toEqual([text, 'LOW']);
});
