import * as fc from 'fast-check';
import type { ParsedRequest } from '@vigil/shared/contracts';
import { expect, test } from 'vitest';
import { requestOf } from '../rules/example-request.ts';
import { anyRule, NOTHING, numbered, rulesOf, runWindows, type Line, type Visited } from '../testing/run-windows.ts';
import { BatchWindows } from './batch-windows.ts';
import { F, mergeBucket } from './bucket.ts';

type Part = Partial<ParsedRequest>;

const LOGIN: Part = { method: 'POST', target: '/login' };
const address = (i: number, net = 10): string => `${net}.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
const sprays = (visited: Map<number, Visited>): number => anyRule(visited, 'LOGIN_SPRAY');
/** Tries of so many addresses, one each, within so many seconds. */
const tries = (count: number, seconds: number, part: Part | ((i: number) => Part), net = 10, from = 0): Line[] =>
  numbered(count, (i): Line => [
    {
      ...LOGIN,
      status: 401,
      sourceIp: address(i, net),
      ...(typeof part === 'function' ? part(i) : part),
      second: from + (i * seconds) / count,
    },
  ]);
const inOrder = (...lines: Line[][]): Line[] => lines.flat().toSorted(([a], [b]) => a.second - b.second);

test('passwords tried at one login from hundreds of addresses alert soon, in whatever batches they arrive', () => {
  const spray = tries(300, 200, {});
  for (const batchLines of [1, 7, 300]) {
    const visited = runWindows(spray, batchLines, false);
    const first = Math.min(...[...visited].filter(([, one]) => rulesOf(one).length > 0).map(([line]) => line));
    expect(first).toBeLessThan(60);
    expect(sprays(visited)).toBeGreaterThan(10);
  }
  const [, last] = [...runWindows(spray, 20)].findLast(([, one]) => rulesOf(one).includes('LOGIN_SPRAY'))!;
  expect(last.behaviour).toEqual([
    {
      rule: 'LOGIN_SPRAY',
      class: 'BRUTE_FORCE',
      score: 0.55,
      excerpt: expect.stringMatching(
        /^(?:29\d|300) attempts at this login in 5 minutes; (?:2[5-9]|3[0-4])\d addresses were refused, 100 % of all that tried$/,
      ),
    },
  ]);
});

test.each<[string, Part | ((i: number) => Part)]>([
  [
    'an API that refuses in its own way',
    (i) => ({ target: '/api/v1/auth/login', status: [400, 401, 403, 422][i % 4]! }),
  ],
  ['WordPress, which shows its form again', { target: '/wp-login.php', status: 200 }],
  ['a login named by a parameter', { target: '/index.php?route=account/login', status: 403 }],
  [
    'one login written in many ways',
    (i) => ({ target: ['/login', '//Login/', `/${i}x/../LOGIN?a=1`, '/./login/', '/%2E/login'][i % 5]! }),
  ],
  ['one login behind folders that are made up', (i) => ({ target: `/${address(i)}/%2e%2E/./login` })],
  [
    'one login in letters that are encoded',
    (i) => ({ target: ['/%6cogin', '/l%6Fgin;a=1', '/x;a=1/../%4cogin'][i % 3]! }),
  ],
  ['one login with parameters of its own', (i) => ({ target: `/login;jsessionid=${address(i)}` })],
  ['one login behind slashes', (i) => ({ target: `${'/'.repeat(300 + i)}login` })],
  ['one login by whole URLs', (i) => ({ target: `http://${i}.example:${i}/login` })],
  ['one login at ports that are made up', (i) => ({ host: `shop.example${['', '.'][i % 2]!}:${i}` })],
  ['one script with more behind it', (i) => ({ target: `/wp-login.php/${address(i)}`, status: 200 })],
  ['one login of many sessions', (i) => ({ target: `/login/${(i + 2 ** 40).toString(16).padStart(32, 'a1')}` })],
  ['some guesses that are right', (i) => ({ status: i % 30 === 7 ? 302 : 401 })],
])('a spray shows at %s', (_name, part) => {
  expect(sprays(runWindows(tries(300, 250, part), 50))).toBeGreaterThan(8);
});

test('tools that fetch the form before each try, and try three times, are found', () => {
  const lines = numbered(100, (i) =>
    numbered(3, (j): Line[] => [
      [{ second: i * 2 + j / 2, sourceIp: address(i), target: '/login' }],
      [{ ...LOGIN, second: i * 2 + j / 2, sourceIp: address(i), status: 401 }],
    ]).flat(),
  ).flat();
  expect(sprays(runWindows(lines, 40))).toBeGreaterThan(10);
});

test('a spray shows beside a monitor that logs in each second and a script that has an old password', () => {
  const lines = inOrder(
    tries(300, 290, {}),
    tries(290, 290, { status: 200, sourceIp: '192.0.2.1' }),
    tries(2000, 290, { sourceIp: '192.0.2.2' }),
  );
  const visited = runWindows(lines, 100);
  expect(sprays(visited)).toBeGreaterThan(8);
  // What the script does shows by itself.
  expect(anyRule(visited, 'LOGIN_BRUTE_FORCE')).toBeGreaterThan(1000);
});

test('ten thousand addresses give some alerts, and not ten thousand', () => {
  const visited = runWindows(tries(10_000, 290, {}), 1000, false);
  expect(sprays(visited)).toBeGreaterThan(20);
  expect(sprays(visited)).toBeLessThan(200);
  const texts = [...visited.values()].flatMap(({ behaviour }) => behaviour.map(({ excerpt }) => excerpt));
  expect(texts.at(-1)).toMatch(
    /^\d{4,5} attempts at this login in 5 minutes; more than 4000 addresses were refused, 100 % of all that tried$/,
  );
});

test('a spray that goes on for hours is told of less and less, and never not at all', () => {
  const visited = runWindows(tries(21_600, 6 * 3600, {}), 2_000, false);
  const hours = numbered(6, (hour) => {
    const lines = numbered(3600, (i) => rulesOf(visited.get(hour * 3600 + i)));
    return lines.filter((rules) => rules.includes('LOGIN_SPRAY')).length;
  });
  expect(hours[0]).toBeGreaterThan(hours[5]! * 2);
  expect(hours[0]).toBeLessThan(500);
  expect(hours[5]).toBeGreaterThan(10);
});

test('of addresses that go on trying a share is told in each minute, not more of those that were told once', () => {
  const visited = runWindows(
    tries(2000, 300, (i) => ({ sourceIp: address(i % 400) })),
    2000,
    false,
  );
  expect(sprays(visited)).toBeGreaterThan(50);
  expect(sprays(visited)).toBeLessThan(250);
});

test('the guess of a spray that is right does not alert by it', () => {
  const again = tries(20, 200, { status: 302 }, 10, 1);
  const lines = inOrder(tries(300, 200, {}), again);
  const visited = runWindows(lines, lines.length);
  expect(sprays(visited)).toBeGreaterThan(10);
  const [refused, taken] = [401, 302].map((status) =>
    [...visited].filter(([line, one]) => lines[line]![0].status === status && rulesOf(one).includes('LOGIN_SPRAY')),
  );
  expect([refused!.length > 0, taken]).toEqual([true, []]);
});

test('a batch shows a spray by itself where the store has lost what it holds', () => {
  const windows = new BatchWindows();
  const requests = tries(60, 240, {}).map(([{ second, ...part }]) =>
    requestOf({ ...part, timestampMs: second * 1000 }),
  );
  for (const [line, request] of requests.entries()) windows.add(line, request);
  for (const [line, request] of requests.entries()) windows.addEvidence(line, request, NOTHING);
  const told: string[] = [];
  windows.walk(
    () => undefined,
    (line) => requests[line]!,
    (_line, _request, _evidence, behaviour) => void told.push(...behaviour.map(({ rule }) => rule)),
  );
  expect(told).toContain('LOGIN_SPRAY');
});

test('who was refused nowhere asks for no history of a login', () => {
  const windows = new BatchWindows();
  windows.add(0, requestOf({ ...LOGIN, target: '/login', status: 302 }));
  windows.add(1, requestOf({ ...LOGIN, target: '/api/login', status: 401 }));
  const logins = windows.deltas().filter(({ key }) => key.includes('\n'));
  expect(logins.map(({ wanted }) => wanted)).toEqual([false, true]);
});

test('who gets in now and then does not hide a spray of thousands', () => {
  const lines = inOrder(tries(8_000, 290, {}), tries(400, 290, { status: 302 }, 11));
  expect(sprays(runWindows(lines, 500, false))).toBeGreaterThan(20);
});

test.each<[string, Line[]]>([
  ['a busy site', tries(3000, 290, (i) => ({ status: i % 4 === 0 ? 401 : 302 }))],
  [
    'people who mistype before they get in',
    numbered(600, (i) =>
      numbered(3, (j): Line => [{ ...LOGIN, second: i / 2 + j, sourceIp: address(i), status: j === 2 ? 200 : 401 }]),
    ).flat(),
  ],
  ['an office behind one address', tries(19, 200, { sourceIp: '192.0.2.1' })],
  ['few addresses, all refused', tries(30, 200, {})],
  ['few addresses that try again and again', tries(90, 200, (i) => ({ sourceIp: address(i % 30) }))],
  ['as much within an hour', tries(300, 3600, {})],
  ['forms that tell nothing of how they end', tries(500, 200, { status: 302 })],
  ['forms that come again with every answer', tries(500, 200, { status: 200 })],
  ['a login that fails since a release', tries(500, 200, { status: 500 })],
  ['a limit that nobody passes', tries(500, 200, { status: 429 })],
  ['a login that moved', tries(500, 200, { status: 308 })],
  ['devices whose grants have ended', tries(500, 200, (i) => ({ target: '/oauth/token', status: [400, 401][i % 2]! }))],
  ['devices at a login for programs', tries(500, 200, { target: '/login/oauth/access_token', status: 401 })],
  ['sessions that have ended', tries(500, 200, { target: '/login/refresh', status: 401 })],
  ['tabs that ask for a channel', tries(500, 200, { target: '/broadcasting/auth', status: 403 })],
  ['mail programs with a password of before', tries(500, 200, { method: 'GET', target: '/dav/', remoteUser: 'ann' })],
  [
    'as many logins as addresses',
    tries(300, 200, (i) => ({ target: `/shop-${address(i).replaceAll('.', 'x')}/login` })),
  ],
  [
    'people who come by the pages of a site whose login is broken',
    numbered(300, (i) =>
      ['/', '/app.css', '/app.js', '/login', '/login'].map((target, j): Line => [
        { second: i + j, sourceIp: address(i), target, ...(j === 4 ? { method: 'POST', status: 403 } : {}) },
      ]),
    ).flat(),
  ],
  [
    'an API whose login breaks: those are refused who got in before',
    inOrder(tries(3000, 6000, { status: 200 }), tries(400, 900, { status: 403 }, 11, 6000)),
  ],
  [
    'one that breaks half an hour after its log was first read',
    inOrder(tries(3000, 1800, { status: 200 }, 10, 7200), tries(400, 300, { status: 403 }, 11, 9000)),
  ],
])('%s is no spray', (_name, lines) => {
  expect(sprays(runWindows(lines, 200))).toBe(0);
});

test('a spray shows at a busy login when it is many times what people do there', () => {
  const lines = inOrder(tries(1000, 6000, { status: 200 }), tries(2000, 290, {}, 11, 6000));
  expect(sprays(runWindows(lines, 200))).toBeGreaterThan(20);
});

test('people who are refused while their login is sprayed do not alert where they came by its pages', () => {
  const people = numbered(30, (i) =>
    ['/', '/app.css', '/app.js', '/login', '/login'].map((target, j): Line => [
      { second: 100 + i + j, sourceIp: address(i, 11), target, ...(j === 4 ? { method: 'POST', status: 401 } : {}) },
    ]),
  ).flat();
  const lines = inOrder(tries(1000, 290, {}), people);
  const alerting = [...runWindows(lines, 100)].filter(([, one]) => rulesOf(one).includes('LOGIN_SPRAY'));
  expect(alerting.length).toBeGreaterThan(10);
  expect(alerting.filter(([line]) => lines[line]![0].sourceIp!.startsWith('11.'))).toEqual([]);
});

test('logins of two hosts are two, whatever log they are in; without hosts those of two sources are', () => {
  const hosts = tries(70, 200, (i) => ({ host: i % 2 === 0 ? 'a.example' : 'B.example:443' }));
  expect(sprays(runWindows(hosts, 10))).toBe(0);
  const nameOf = (site: string, host: string): string => {
    const windows = new BatchWindows({ site });
    windows.add(0, requestOf({ ...LOGIN, host, status: 401 }));
    return windows.deltas().at(-1)!.key;
  };
  expect(nameOf('one', '')).not.toBe(nameOf('two', ''));
  expect(nameOf('one', 'a.example')).toBe(nameOf('two', 'A.example'));
});

test('paths that somebody makes up do not fill the store', () => {
  const windows = new BatchWindows();
  for (const i of numbered(4000, (n) => n))
    windows.add(i, requestOf({ ...LOGIN, target: `/shop-${i.toString(36)}x/login`, status: 401 }));
  expect(windows.deltas().length).toBeLessThan(70);
});

test('however tries are cut into batches, and in whatever order these come, a login’s windows are the same', () => {
  const one = fc.record({
    second: fc.integer({ min: 0, max: 400 }),
    ip: fc.integer({ min: 0, max: 500 }),
    status: fc.constantFrom(200, 302, 401, 403, 429, 500),
    target: fc.constantFrom('/login', '/api/login', '/wp-login.php'),
  });
  const logins = (parts: readonly { second: number; ip: number; status: number; target: string }[]) => {
    const windows = new BatchWindows();
    for (const [line, { second, ip, status, target }] of parts.entries())
      windows.add(line, requestOf({ ...LOGIN, target, status, sourceIp: address(ip), timestampMs: second * 1000 }));
    return windows.deltas().filter(({ key }) => key.includes('\n'));
  };
  const merged = (batches: readonly ReturnType<typeof logins>[]): unknown => {
    const sums = new Map<string, Float64Array>();
    for (const { key: login, minutes, periods } of batches.flat()) {
      for (const bucket of [...minutes, ...periods]) {
        const key = `${login} ${bucket[F.PERIOD]!}`;
        const known = sums.get(key);
        if (known === undefined) sums.set(key, bucket.slice());
        else mergeBucket(known, 0, bucket, 0);
      }
    }
    return [...sums].toSorted(([a], [b]) => (a < b ? -1 : 1));
  };
  fc.assert(
    fc.property(fc.array(one, { maxLength: 80 }), fc.integer({ min: 1, max: 80 }), (parts, size) => {
      const batches = numbered(Math.ceil(parts.length / size), (i) => logins(parts.slice(i * size, (i + 1) * size)));
      expect(merged(batches.toReversed())).toEqual(merged([logins(parts)]));
    }),
    { numRuns: 100 },
  );
});
