import { array, assert, constantFrom, dictionary, oneof, property, string, stringMatching, tuple } from 'fast-check';
import { expect, test } from 'vitest';
import { builtInPacks, createEngine } from '../index.ts';
import { exampleRequest, requestOf } from '../rules/example-request.ts';
import { compileRules } from './compile.ts';
import { QuietTest } from './quiet.ts';

const gated = createEngine();
const plain = createEngine({ gated: false });
const examples = builtInPacks().flatMap((pack) =>
  pack.rules.flatMap((rule) => [...rule.examples.positive, ...rule.examples.negative]),
);
const rules = (engine: typeof gated, request: Parameters<typeof gated.inspect>[0]) =>
  engine
    .inspect(request)
    .matches.map((match) => match.rule)
    .sort();

test('the gate lets through every example that some rule matches without it', () => {
  for (const example of examples) {
    const request = exampleRequest(example);
    expect({ example, rules: rules(gated, request) }).toEqual({ example, rules: rules(plain, request) });
  }
});

/** Pieces of the examples, mixed: near enough to attacks that gates and rules have something to disagree about. */
const pieces = examples
  .filter((example) => typeof example === 'string')
  .flatMap((example) => example.split(/(?<=[?&=+/ ;('"<>{}])/))
  .filter((piece) => piece.length > 1);
const text = array(
  oneof(constantFrom(...pieces), string({ maxLength: 6 }), constantFrom('%27', '%20', '+', '%0a', '=', '&', '.')),
  {
    maxLength: 8,
  },
).map((parts) => parts.join(''));

test('the gate never hides a match: it agrees with running every rule on every view', () => {
  assert(
    property(text, text, text, text, (query, referer, userAgent, header) => {
      const headers = [header, userAgent];
      const request = requestOf({ target: `/x?f=${query}`, referer, userAgent, headers, remoteUser: header });
      expect(rules(gated, request)).toEqual(rules(plain, request));
    }),
    { numRuns: 1500 },
  );
});

const inHexadecimal = (value: string): string => Buffer.from(value).toString('hex');
test.each([
  '0;#',
  'id;#',
  'select-1',
  'select~1',
  'select!1',
  'in all_users ',
  inHexadecimal("7' or 7=7-- "),
  `0x${inHexadecimal('<svg onload=confirm(7)>').toUpperCase()}`,
])('the gate lets %s through, which has hardly a mark', (value) => {
  const request = requestOf({ target: `/x?f=${encodeURIComponent(value)}`, userAgent: value });
  expect(rules(plain, request)).not.toEqual([]);
  expect(rules(gated, request)).toEqual(rules(plain, request));
});

const quiet = new QuietTest(compileRules(builtInPacks(), []).quietGates);
test.each([
  '/search?q=slim+lamp&page=8&sid=5341b5901b',
  '/catalog/garden-chairs/view?id=17&sort=price_asc',
  '/search?q=heavy-duty%20tripod',
  '/static/js/main.8f7e6d5c.chunk.js',
  '/images/logo.png',
  '/assets/application-abc123.css',
  '/css/bootstrap.min.css',
  '/p/linen-keyboard-12?token=5341b5901b',
  '/search?q=oak+keyboard',
  '/chart?field0=value-31&field1=on&h2=7',
])('the gate alone tells that no rule matches in %s', (target) => {
  expect(quiet.target(Buffer.from(target), 0, target.length)).toBe(true);
});

test('an ordinary URL passes the gate as plain as without it', () => {
  const ordinary = tuple(
    array(stringMatching(/^[a-z0-9._~-]{1,12}$/), { maxLength: 5 }),
    dictionary(stringMatching(/^[a-z_]{1,8}$/), stringMatching(/^[A-Za-z0-9._~:@/-]{0,16}$/), { maxKeys: 4 }),
  );
  assert(
    property(ordinary, ([path, query]) => {
      const pairs = Object.entries(query).map(([name, value]) => `${name}=${value}`);
      const request = requestOf({ target: `/${path.join('/')}?${pairs.join('&')}` });
      expect(rules(gated, request)).toEqual(rules(plain, request));
    }),
    { numRuns: 1000 },
  );
});

/** Queries of examples. */
const queries = examples.flatMap((example) => (typeof example === 'string' ? example.split('?').slice(1) : []));

test('a query passes the gate as it does without it, whatever parts its parameters', () => {
  const parts = constantFrom('&', ';', ';b=', '&b=', '&b[', ';b=c;', '&amp;');
  assert(
    property(array(constantFrom(...queries), { minLength: 1, maxLength: 3 }), parts, (list, part) => {
      const target = `/x?${list.join(part)}`;
      const request = requestOf({ target, referer: `https://h.example${target}` });
      expect(rules(gated, request)).toEqual(rules(plain, request));
    }),
    { numRuns: 1000 },
  );
});

/** Paths of examples; quotes and angle brackets are left to the other properties. */
const paths = examples
  .flatMap((example) => (typeof example === 'string' ? [example.split('?', 1)[0]!] : []))
  .filter((path) => /^\/[\w./%-]{1,40}$/.test(path));

test('a path passes the gate as it does without it, whatever a server drops of it stands between its steps', () => {
  const dropped = constantFrom(
    '/',
    '//',
    '///',
    '/./',
    '/b/../',
    '/;/',
    ';a=b/',
    ';/',
    '\\',
    '/%2e/',
    '/%5c',
    '/b/..;/',
  );
  const ends = constantFrom('', '', '.', '/.', '/', '#', '#b', '%23', '%3f', '%20', ';b', ';b=1', '/b/..');
  assert(
    property(constantFrom(...paths), array(dropped, { minLength: 1, maxLength: 4 }), ends, (path, between, end) => {
      const steps = path.slice(1).split('/');
      const target = steps.reduce((before, step, i) => before + between[i % between.length]! + step, '') + end;
      const request = requestOf({ target: target.startsWith('/') ? target : `/${target}` });
      expect(rules(gated, request)).toEqual(rules(plain, request));
    }),
    { numRuns: 3000 },
  );
});

/** Words of the examples, which are all that the second clauses of gates go by. */
const words = [
  ...new Set(examples.flatMap((example) => JSON.stringify(example).match(/[a-z_]{2,12}|\d{1,3}/gi) ?? [])),
];
const prose = array(oneof(constantFrom(...words), stringMatching(/^[-.:/~#=,@%]{0,2}[a-z0-9.]{1,6}$/)), {
  minLength: 1,
  maxLength: 6,
}).chain((list) => constantFrom('+', '%20', '%0a', '%09').map((space) => list.join(space)));

test('words among white space pass the gate as they do without it', () => {
  assert(
    property(prose, prose, prose, (path, one, other) => {
      const target = `/${path}?q=${one}&page=2&cmd=${other}`;
      const request = requestOf({ target, referer: `https://h.example${target}` });
      expect(rules(gated, request)).toEqual(rules(plain, request));
    }),
    { numRuns: 1500 },
  );
});

const product = tuple(
  constantFrom('Mozilla', 'Chrome', 'curl', 'sqlmap', 'x', ...words),
  stringMatching(/^\d{1,3}(\.\d{1,4}){0,3}$/),
).map((parts) => parts.join('/'));
const comment = array(oneof(constantFrom('X11', 'Linux x86_64', 'rv:', ...words), stringMatching(/^\d{1,4}$/)), {
  minLength: 1,
  maxLength: 5,
}).chain((parts) => constantFrom('; ', ', ', ' ', '(').map((mark) => `(${parts.join(mark)})`));

test('an agent is judged as without the gate, whatever versions others of its shape had before it', () => {
  const agent = array(oneof(product, comment), { minLength: 1, maxLength: 5 }).map((parts) => parts.join(' '));
  const digits = stringMatching(/^\d{1,5}$/);
  assert(
    property(agent, array(digits, { minLength: 2, maxLength: 3 }), (userAgent, others) => {
      for (const other of others) {
        const request = requestOf({ userAgent: userAgent.replaceAll(/(?<=[/._ :])\d+/g, other) });
        expect(rules(gated, request)).toEqual(rules(plain, request));
      }
    }),
    { numRuns: 1500 },
  );
});
