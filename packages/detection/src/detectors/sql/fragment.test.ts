import { expect, test } from 'vitest';
import { readFragment } from './fragment.ts';
import type { Name } from './signals.ts';
import { tokenize } from './tokens.ts';

/** Signals of a text where it stands in a query as it is, and where it closes a quote or a comment. */
function signals(text: string): Name[] {
  const found = new Set<Name>();
  for (const quote of ['', "'", '"', '`', '*/'] as const) {
    const tokens = tokenize(text, quote);
    if (tokens !== undefined) readFragment(text, tokens, quote !== '', (name) => found.add(name));
  }
  return [...found];
}

test.each([
  // Operators behind a closed quote, and an operand or its beginning.
  ["b' ilike 'c%", 'continuation'],
  ["b' !~* '^c", 'continuation'],
  ["b' similar to 'c", 'continuation'],
  ["b' is not distinct from 'c", 'continuation'],
  ["b' between symmetric 'a' and 'c", 'continuation'],
  ["b' = some (3", 'continuation'],
  ['b" xor not c', 'continuation'],
  ["b' and exists (select c from d) --", 'continuation'],
  ["b') and (c = 'd", 'continuation'],
  ["b' notnull --", 'continuation'],
  ["b' and 3 like", 'continuation'],
  // Clauses.
  ["b' group by c with rollup", 'continuation'],
  ["b' order by c offset 2 rows fetch next 3 rows only", 'continuation'],
  ["b' order by d collate nocase, e nulls last limit 3 -- ", 'continuation'],
  ["b' for update of c skip locked", 'continuation'],
  ["b') on conflict do nothing --", 'continuation'],
  ["b' window w as (partition by c) --", 'continuation'],
  ['3) returning *', 'continuation'],
  [') order by 2 desc', 'continuation'],
  ['b` desc limit 1 -- ', 'continuation'],
  // The rest cut off behind how a text is compared, what it is made, or a parameter that nothing is bound to.
  ["b'union", 'continuation'],
  ["l'union select", 'continuation'],
  ["b' collate nocase --", 'continuation'],
  ["b'::varchar -- ", 'continuation'],
  ["b' or ? --", 'continuation'],
  ["b' and c is not ?--", 'continuation'],
  // Rows of constants as MySQL has them.
  ['3 union values row(1,2),row(3,4)', 'fragment-clause'],
  // Statements of any kind, where the rest is cut off.
  ["b'; vacuum; --", 'continuation'],
  ['3; reset all--', 'continuation'],
  // A comment closed.
  ['b*/=3--', 'continuation'],
  // Expressions that run into the quote of the application.
  ["b' - c * '", 'expression'],
  ["b' || c || 'd", 'expression'],
  // Numbers go into a query without quotes.
  ["3 sounds like 'b'", 'fragment-clause'],
  ['3 limit 2,1', 'fragment-clause'],
  ['3 is not null', 'fragment-clause'],
  ['3 or b rlike c', 'fragment-clause'],
  ['3 connect by level < 4', 'fragment-clause'],
  ['3 = all (select b)', 'fragment-clause'],
  // What needs no query around it.
  ['case b when 3 then 4 else 5 end', 'fragment-clause'],
  ['in (select b from c)', 'fragment-clause'],
  ['not in (2,3) -- ', 'fragment-clause'],
  ['is null -- ', 'fragment-clause'],
  ['order by -- ', 'fragment-clause'],
  ["cast('b' as signed)", 'fragment-clause'],
  ['b::int', 'fragment-clause'],
  ["and b = '", 'fragment-condition'],
  ['1/(case when (1=1) then 1 else 0 end)', 'fragment-condition'],
  ['pg_sleep(', 'fragment-call'],
] as const)('finds in %j: %s', (text, signal) => {
  expect(signals(text)).toContain(signal);
});

test.each([
  // Quotes that are apostrophes, inches and feet.
  "dogs' and cats' toys",
  "o'brien and sons",
  "rock 'n' roll",
  "guns-n'-roses",
  "o'minus table wood",
  '27" in box',
  '15" like new',
  `17" or 8/8"`,
  `6'2" and 7'`,
  "5'-6'",
  '"is" vs "are"',
  '"with" plate set',
  "it's (not) in",
  // Towns and streets of France.
  "L'Union",
  "12 rue de l'Union",
  // Prose with the words of clauses.
  '3 having fun',
  '4 limit 2',
  '5 in 1',
  '7 in (box)',
  '7 between meals',
  'where is my order',
  'when will it be then',
  'case when it rains',
  'execute order 66',
  'on sale and in stock',
  'a) or b)',
  '1) and 2)',
  "dogs' or ?",
  "the dogs' or what?",
  // Headings, and operators of filters as interfaces of tables send them.
  'Order by',
  'group by',
  'IS NULL',
  'is not null',
  'not in (2,3)',
  'in("open","closed")',
  'LIKE NULL',
  // Languages of filters, of versions and of code.
  "status = 'open' and owner = me",
  'price >= 100 and price <= 200',
  "Name eq 'Milk' and Price lt 3",
  '{app="web"} |= "error" != "timeout"',
  'sum by (job) (rate(x[5m])) > 3',
  '>=1.2.3 <2.0.0 || ^3',
  'x = y && z || 0',
  'std::vector',
  'name asc, price desc',
])('finds nothing in %j', (text) => {
  expect(signals(text)).toEqual([]);
});
