import { assert, property } from 'fast-check';
import { expect, test } from 'vitest';
import { textLike } from '../../testing/text-like.ts';
import { createView } from '../../views/view.ts';
import { sql } from './sql.ts';
import { CATALOGUE, CATALOGUE_WORDS } from './vocabulary.ts';

const signals = (text: string) =>
  sql
    .run(createView({ field: 'param_value', kind: 'decoded', decoded: [], text, parameter: 'id' }))
    .map(({ name }) => name);

test.each([
  // Set operators that are words of prose, too, behind a value or before constants.
  ['5 minus select b from c', 'union-select'],
  ["b' except select c,d from e--", 'union-select'],
  ['intersect values(3,4)', 'union-select'],
  // How many rows, before the columns.
  ["' + (select top 3 b from c) + '", 'subquery'],
  ["' + (select first 3 b from c) + '", 'subquery'],
  // Texts and numbers by other spellings.
  ["7 or x'6b'=x'6b'", 'tautology'],
  ["7 or n'b'=n'b'", 'tautology'],
  ['7 or 0b1=0b1', 'tautology'],
  ["7 or 'b' in ('b','c')", 'tautology'],
  ["case when 'b' is 'b' then 3 end", 'tautology'],
  ["when 'b'='b' then 3", 'tautology'],
  ["when b then 'c' else 'd' end", 'fragment-clause'],
  // A text between dollars is one operand.
  ['5 or $b$c$b$=$b$c$b$', 'tautology'],
  // Comments that are run, also by MariaDB alone, and those before the arguments of a function.
  ['7 /*M!100100union*/ /*M!select*/ b from c', 'union-select'],
  ['7 or sleep/**/(5)', 'time-call'],
  ['7 or sleep/*b*/ (5)', 'time-call'],
  // A row that is ended, and another one.
  ["b','c'),('d','e')-- -", 'continuation'],
  // A condition that is a call of values.
  ["7 and strcmp('b','c')", 'fragment-clause'],
  ["7 or not (glob('b*','bc'))", 'fragment-clause'],
  // Constants for a condition.
  ['7::int=8', 'fragment-condition'],
  ['-6||1', 'fragment-condition'],
  ['((61 = 62))', 'fragment-condition'],
  ['((61 > 52) is true)', 'fragment-condition'],
  ['((61 = 62) or false)', 'fragment-condition'],
  ["(not (not ('bc' = 'bd')))", 'fragment-condition'],
  ["'3'='4'", 'fragment-condition'],
  ['"bcd"="bcd"', 'fragment-condition'],
  // Operators that no engine knows between a constant and a condition, and the rest cut off.
  ['3 or $<\\. or 4=4 -- b', 'tautology'],
  ["3' or $<\\. or 4=4 -- b'", 'tautology'],
  // Statements that only servers have.
  ['5;use b;--', 'stacked-statement'],
  ["5;backup database b to disk='c'", 'stacked-statement'],
  // Blanks before the bracket of a call.
  ['select sleep ( 7 ) and ((( 5 = 5', 'time-call'],
  ['pg_catalog.pg_sleep(7)', 'time-call'],
  ['sys.dbms_lock.sleep(7)', 'time-call'],
  ['7 or 8 = benchmark ( 3000000, md5 ( 0x62 ) ) #', 'time-call'],
  ["b' ) ) and 3 = like ( 'b', hex ( randomblob ( 300000000/2 ) ) )", 'time-call'],
  // A set operator with anything, and the rest cut off.
  ["b' union c>0--", 'union-select'],
  // How many columns there are, behind a value that is a word.
  ['b order by 3-- -', 'fragment-clause'],
  ['b order by 3,4#', 'fragment-clause'],
  ['7 order by 3-- bQxZ', 'fragment-clause'],
  ["7') order by 3,4 desc-- bqxz", 'continuation'],
  ['order by 3 desc--', 'fragment-clause'],
  // What a value closes that it did not open.
  ['b"))', 'closers'],
  ["b%')", 'closers'],
])('finds in %j: %s', (text, signal) => {
  expect(signals(text)).toContain(signal);
});

test.each([
  '(all) minus select users',
  'except values (of a moral kind)',
  '$$b^2$$ and $$c^2$$',
  "'b','c','d'",
  '2 + 2 = 4',
  '1 == true',
  '(0 == false)',
  '(3 > 2) == true',
  '"color"="red"',
  "'size'='large'",
  "'b' = 'b'",
  'true || false',
  '38||40',
  'diet, exercise and sleep (8)',
  'sleep (7 hours) and diet',
  "students' union shop 5 #",
  'b order by 3',
  'b order by 3 -- newest first',
  'orders order by 3 # of 4',
  '5 and f(x)',
  'wait; use caution',
  "guns n'roses and drums n'bass",
  'kill 5',
  "f('b')",
  ":')",
  `When 'b' is "c", "d" is e`,
  `When "b" is "c" then the d is e`,
  "When 'b' then the c",
  // Words in quotes of which one is in another.
  `both "b" and "c" is in 'd' then e`,
  `b 'c' and 'd' in 'e', and "f" in 'g'`,
])('finds nothing in %j', (text) => {
  expect(signals(text)).toEqual([]);
});

test('every name of a catalogue holds a word that opens the gate', () => {
  const named = textLike(CATALOGUE.source)
    .map((name) => name.toLowerCase())
    .filter((name) => name !== 'dual');
  assert(
    property(named, (name) => {
      expect(CATALOGUE_WORDS.filter((word) => name.includes(word))).not.toEqual([]);
    }),
  );
});
