import type { RuleMatch } from '@vigil/shared/contracts';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Evidence } from '../index.ts';
import { requestOf } from '../rules/example-request.ts';
import { anyRule, NOTHING, numbered, rulesOf, runWindows as run, type Line } from '../testing/run-windows.ts';
import { BatchWindows } from './batch-windows.ts';
import { hashText } from './hash.ts';

const weakHit = (...rules: string[]): Evidence => weakHitIn('param_value', ...rules);
const weakHitIn = (field: RuleMatch['field'], ...rules: string[]): Evidence => ({
  matches: rules.map((rule) => ({
    rule,
    class: 'C',
    score: 0.4,
    field,
    decoded: [],
    excerpt: '',
    span: [0, 0],
  })),
  weakHits: rules,
  shadowMatches: new Map(),
});

test('features are those of a client as of the line', () => {
  const lines: Line[] = numbered(10, (i) => [
    {
      second: i * 6,
      target: `/a/${i % 5}?x=${i}`,
      status: i % 2 === 0 ? 200 : 404,
      method: i < 5 ? 'GET' : 'POST',
      bytes: 100 * (i + 1),
      userAgent: `agent ${i % 3}`,
    },
  ]);
  expect(run(lines).get(9)!.features).toEqual({
    requests1m: 10,
    requests5m: 10,
    requests10m: 10,
    errorRate5m: 0.5,
    distinctPaths5m: 5,
    distinctStatuses5m: 2,
    meanBytes5m: 550,
    methodEntropy5m: 1,
    pathDepthVariance5m: 0,
    distinctUserAgents10m: 3,
    interRequestMeanSeconds10m: 6,
    interRequestDeviationSeconds10m: 0,
  });
});

test('sums are the same however the lines are cut into batches, and distinct counts are never higher', () => {
  const line = fc.record({
    second: fc.integer({ min: 0, max: 700 }),
    path: fc.integer({ min: 0, max: 40 }),
    status: fc.constantFrom(200, 301, 404, 500),
  });
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 60 }), (parts, size) => {
      const lines = parts
        .toSorted((a, b) => a.second - b.second)
        .map(({ second, path, status }): Line => [{ second, target: `/${path}`, status }]);
      const whole = run(lines);
      const cut = run(lines, size);
      for (const [index, { features }] of whole) {
        const other = cut.get(index)!.features;
        expect([other.requests1m, other.requests5m, other.errorRate5m, other.meanBytes5m]).toEqual([
          features.requests1m,
          features.requests5m,
          features.errorRate5m,
          features.meanBytes5m,
        ]);
        expect(other.interRequestMeanSeconds10m).toBeCloseTo(features.interRequestMeanSeconds10m, 2);
      }
      const last = lines.length - 1;
      expect(cut.get(last)!.features.distinctPaths5m).toBe(whole.get(last)!.features.distinctPaths5m);
    }),
    { numRuns: 100 },
  );
});

test('old minutes leave the windows, and lines out of order or from absurd times do no harm', () => {
  const lines: Line[] = [
    ...numbered(50, (i): Line => [{ second: i }]),
    [{ second: -9e9 }],
    [{ second: 9e9 }],
    [{ second: 400 }],
    [{ second: 59 }],
    [{ second: 5000 }],
  ];
  const visited = run(lines, 7);
  expect(visited.get(52)!.features).toMatchObject({ requests1m: 1, requests10m: 51 });
  expect(visited.get(52)!.features.requests5m).toBeLessThan(51);
  expect(visited.get(53)!.features.requests1m).toBe(51);
  expect(visited.get(54)!.features).toMatchObject({ requests1m: 1, requests5m: 1, requests10m: 1 });
});

test('a window slides: of the minute that it leaves, the share that it still covers counts', () => {
  const lines: Line[] = [
    ...numbered(60, (i): Line => [{ second: i }]),
    [{ second: 75 }],
    [{ second: 315 }],
    [{ second: 615 }],
    [{ second: 675 }],
  ];
  const requests = [60, 61, 62, 63].map((line) => {
    const { requests1m, requests5m, requests10m } = run(lines).get(line)!.features;
    return [requests1m, requests5m, requests10m];
  });
  expect(requests).toEqual([
    [46, 61, 61],
    [1, 47, 62],
    [1, 2, 48],
    [2, 2, 4],
  ]);
});

test('features tell how a client varies what it does', () => {
  const lines: Line[] = [
    [{ second: 0, target: '/a', bytes: 100 }],
    [{ second: 1, target: '/a/b/c', bytes: 200, method: 'POST', status: 404 }],
    [{ second: 4, target: '/x/y', bytes: 301, method: 'PUT', status: 500 }],
  ];
  const told = {
    errorRate5m: 0.667,
    distinctStatuses5m: 3,
    meanBytes5m: 200,
    methodEntropy5m: 1.585,
    pathDepthVariance5m: 0.667,
    interRequestMeanSeconds10m: 2,
  };
  expect(run(lines).get(2)!.features).toMatchObject({ ...told, interRequestDeviationSeconds10m: 1 });
  // Of pauses between batches of one minute only the sum is known.
  expect(run(lines, 1).get(2)!.features).toMatchObject({ ...told, interRequestDeviationSeconds10m: 0 });
  const pauses = run([[{ second: 0 }], [{ second: 61 }], [{ second: 64 }]], 1).get(2)!.features;
  expect(pauses).toMatchObject({ interRequestMeanSeconds10m: 32, interRequestDeviationSeconds10m: 29 });
  const recent = run([[{ second: 59 }], [{ second: 600 }], [{ second: 610 }]], 1).get(2)!.features;
  expect(recent).toMatchObject({ interRequestMeanSeconds10m: 10, interRequestDeviationSeconds10m: 0 });
  const partly = run([[{ second: 0 }], [{ second: 10 }], [{ second: 40 }]], 2).get(2)!.features;
  expect(partly).toMatchObject({ interRequestMeanSeconds10m: 20, interRequestDeviationSeconds10m: 10 });
  const twice = run([[{ second: 0 }], [{ second: 10 }], [{ second: 40 }], [{ second: 45 }]], 2).get(3)!.features;
  expect(twice).toMatchObject({ interRequestMeanSeconds10m: 15, interRequestDeviationSeconds10m: 10.801 });
  expect(run([[{ second: 0, status: 404, bytes: 100 }]]).get(0)!.features).toMatchObject({
    errorRate5m: 1,
    meanBytes5m: 100,
    methodEntropy5m: 0,
    interRequestMeanSeconds10m: 0,
    interRequestDeviationSeconds10m: 0,
  });
});

test('features take lines that are out of order as they lie in time, and none that is yet to come', () => {
  const meanSeconds = (seconds: readonly number[], batchLines: number, line: number): number =>
    run(
      seconds.map((second): Line => [{ second }]),
      batchLines,
    ).get(line)!.features.interRequestMeanSeconds10m;
  expect(meanSeconds([70, 80, 5], 3, 1)).toBe(10);
  for (const batchLines of [1, 3]) expect(meanSeconds([70, 5, 80], batchLines, 2)).toBe(37.5);
});

test('features count the statuses that servers usually give one by one', () => {
  const statuses = [
    [200, 201, 204, 206, 301, 302, 303, 304, 307, 308, 400, 401, 403],
    [404, 405, 408, 409, 410, 413, 422, 429, 499, 500, 502, 503, 504],
  ].flat();
  const lines = statuses.map((status, second): Line => [{ second, status }]);
  expect(run(lines).get(statuses.length - 1)!.features.distinctStatuses5m).toBe(statuses.length);
});

test('features forget after five minutes what was asked for, and after ten by whom', () => {
  const part = (name: string, second: number): Line => [{ second, target: `/${name}`, userAgent: name }];
  const visited = run([part('a', 0), part('b', 360), part('c', 640)]);
  const features = [1, 2].map((line) => visited.get(line)!.features);
  expect(features.map(({ distinctPaths5m }) => distinctPaths5m)).toEqual([1, 2]);
  expect(features.map(({ distinctUserAgents10m }) => distinctUserAgents10m)).toEqual([2, 2]);
  expect(run([part('a', 0), part('b', 299)]).get(1)!.features.distinctPaths5m).toBe(2);
  expect(run([part('a', 59), part('b', 300)]).get(1)!.features.distinctPaths5m).toBe(1);
  expect(run([part('a', 0), part('b', 599)]).get(1)!.features.distinctUserAgents10m).toBe(2);
  expect(run([part('a', 59), part('b', 600)]).get(1)!.features.distinctUserAgents10m).toBe(1);
});

test('more than 100 requests in a minute are an anomaly that supports other evidence only', () => {
  const visited = run(numbered(101, (i) => [{ second: i / 2 }]));
  expect(rulesOf(visited.get(99))).toEqual([]);
  expect(visited.get(100)!.behaviour).toEqual([
    { rule: 'RATE_ANOMALY', class: 'RATE_ANOMALY', score: 0.3, weak: true, excerpt: '101 requests in 1 minute' },
  ]);
});

test('over half errors in five minutes count from twenty requests on', () => {
  const visited = run(numbered(30, (i) => [{ second: i, status: i % 3 === 0 ? 200 : 500 }]));
  expect(rulesOf(visited.get(18))).toEqual([]);
  expect(rulesOf(visited.get(29))).toEqual(['HIGH_ERROR_RATE']);
});

test('a scan for paths alerts on its misses, in whatever batches it arrives and without a look at other lines', () => {
  const scan = numbered(400, (i): Line => [
    { second: i / 10, target: `/probe/${i}.php`, status: i % 10 === 0 ? 200 : 404 },
  ]);
  for (const size of [400, 13]) {
    const visited = run(scan, size, false);
    expect(anyRule(visited, 'PATH_SCAN')).toBeGreaterThan(300);
    expect(rulesOf(visited.get(10))).toEqual([]);
    expect(visited.has(390)).toBe(false);
  }
});

test('neither a crawler that meets dead links, nor the many people behind one address, nor a page whose pictures are gone are a scan', () => {
  const crawler = run(
    numbered(2000, (i) => [{ second: i / 4, target: `/page/${i}`, status: i % 5 === 0 ? 404 : 200 }]),
  );
  const office = run(
    numbered(3000, (i) => [
      {
        second: i / 10,
        target: i % 7 === 0 ? '/favicon.ico' : `/app/${i % 300}`,
        status: i % 7 === 0 ? 404 : 200,
        userAgent: `agent ${i % 40}`,
      },
    ]),
  );
  const gallery = run(
    numbered(200, (i) => [
      { second: i / 10, target: `/thumbs/${i}.jpg`, status: 404, referer: 'https://www.example.com/gallery' },
    ]),
  );
  const named = (target: (i: number) => string) =>
    run(numbered(200, (i) => [{ second: i / 10, target: target(i), status: 404 }]));
  const tiles = named((i) => `/tiles/14/${8800 + i}/5300.png`);
  const packages = named((i) => `/maven2/org/lib${i}/core/1.0/core-1.0.${i % 2 ? 'pom' : 'module'}`);
  const modules = named((i) => `/github.com/a${i}/b/@v/list`);
  // Programs that copy files ask first whether they are there.
  const upload = (ask: string) =>
    run(
      numbered(400, (i) => [
        {
          second: i / 2,
          method: i % 2 === 0 ? ask : 'PUT',
          target: `/backup/file-${i >> 1}.bin`,
          status: i % 2 === 0 ? 404 : 201,
        },
      ]),
    );
  for (const visited of [crawler, office, gallery, tiles, packages, modules, upload('HEAD'), upload('PROPFIND')])
    for (const { behaviour } of visited.values()) expect(behaviour.filter((item) => item.weak !== true)).toEqual([]);
});

/** A hash, as ids look that nobody can guess. */
const hex = (i: number, length: number): string =>
  Array.from({ length: Math.ceil(length / 8) }, (_, part) => hashText(`${i} ${part}`).toString(16).padStart(8, '0'))
    .join('')
    .slice(0, length);
const uuid = (i: number): string => hex(i, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

test('what an application lacks of the things that it lists is no scan, but to try numbers or names is', () => {
  const missing = (target: (i: number) => string, referer = '-') =>
    anyRule(run(numbered(200, (i) => [{ second: i / 10, target: target(i), status: 404, referer }])), 'PATH_SCAN');
  const page = 'https://app.example.com/products';
  expect(missing((i) => `/api/users/${uuid(i)}/avatar`)).toBe(0);
  expect(missing((i) => `/remote.php/dav/addressbooks/users/ann/contacts/${uuid(i).toUpperCase()}.vcf?photo`)).toBe(0);
  expect(missing((i) => `/api/v2/items/${hex(i, 24)}`)).toBe(0);
  expect(missing((i) => `/media/${hex(i, 40)}/preview`)).toBe(0);
  expect(missing((i) => `/v1/profiles/7Q${hex(i, 18).replaceAll('a', 'X')}k/photo`)).toBe(0);
  expect(missing((i) => `/api/products/${48_000 + i * 7}/reviews`, page)).toBe(0);
  // Nobody sent this reader there.
  expect(missing((i) => `/api/orders/${48_000 + i}`)).toBeGreaterThan(100);
  expect(missing((i) => `/api/word${i}`, page)).toBeGreaterThan(100);
  expect(missing((i) => `/${hex(7, 32)}/word${i}`)).toBeGreaterThan(100);
  expect(missing((i) => `/word${i}/${uuid(i)}`)).toBeGreaterThan(100);
  expect(missing((i) => `/word${i}/1`, page)).toBeGreaterThan(100);
  // Lists of copies hold dates.
  expect(missing((i) => `/backup-2024${String(i).padStart(4, '0')}.zip`, page)).toBeGreaterThan(100);
});

test('where a bitmap is full the evidence says that there was more, and no number that nobody counted', () => {
  const scan = (count: number): string[] =>
    [...run(numbered(count, (i) => [{ second: i / 100, target: `/word${i}`, status: 404 }])).values()].flatMap(
      ({ behaviour }) => behaviour.filter(({ rule }) => rule === 'PATH_SCAN').map(({ excerpt }) => excerpt),
    );
  expect(scan(100).at(-1)).toMatch(/^(?:[89]\d|1[0-2]\d) missing paths in 5 minutes$/);
  expect(scan(3_000).at(-1)).toBe('more than 250 missing paths in 5 minutes');
  const probes = [...run(numbered(2_000, (i) => [{ second: i / 100, target: `/?q=${i}` }, probe(i, 6)])).values()];
  expect(probes.at(-1)!.behaviour.find(({ rule }) => rule === 'PROBING')!.excerpt).toBe(
    'more than 100 suspicious requests under 6 rules in 10 minutes',
  );
  const authors = [
    ...run(
      numbered(2_000, (i) => [{ second: i / 100, target: `/?author=${i}` }, weakHit('probe-user-listing')]),
    ).values(),
  ];
  expect(authors.at(-1)!.behaviour.find(({ rule }) => rule === 'ENUMERATION')!.excerpt).toBe(
    'more than 100 names of one list in 5 minutes',
  );
});

test('guessing at a login alerts, people who log in do not', () => {
  const guess = run(
    numbered(60, (i) => [{ second: i, method: 'POST', target: '/wp-login.php', status: 403 }]),
    9,
    false,
  );
  expect(anyRule(guess, 'LOGIN_BRUTE_FORCE')).toBe(41);
  const form = run(numbered(60, (i) => [{ second: i, method: 'POST', target: '/login', status: i % 2 ? 200 : 302 }]));
  expect(anyRule(form, 'LOGIN_BRUTE_FORCE')).toBeGreaterThan(0);
  // Tools fetch the form before each try, for its cookie and its token; some follow where a refusal sends them.
  const fetching = run(
    numbered(120, (i) => [{ second: i, method: i % 2 ? 'POST' : 'GET', target: '/login', status: 200 }]),
  );
  expect(anyRule(fetching, 'LOGIN_BRUTE_FORCE')).toBeGreaterThan(15);
  const parallel = run(
    numbered(124, (i) => [{ second: i, method: i >= 4 && i % 2 ? 'POST' : 'GET', target: '/login.php', status: 200 }]),
  );
  expect(anyRule(parallel, 'LOGIN_BRUTE_FORCE')).toBeGreaterThan(15);
  const sentBack = run(
    numbered(180, (i) => [
      i % 3 === 1
        ? { second: i, method: 'POST', target: '/login', status: 302 }
        : { second: i, target: i % 3 === 0 ? '/login' : '/login?error=1', status: 200 },
    ]),
  );
  expect(anyRule(sentBack, 'LOGIN_BRUTE_FORCE')).toBeGreaterThan(15);
  // Where one script does everything, a path says nothing of what is asked for; nor does one whose password is taken now and then.
  const oneScript = run(
    numbered(240, (i) => [
      i % 3 === 1
        ? { second: i, method: 'POST', target: '/index.php?route=account/login', status: 302 }
        : { second: i, target: `/index.php?route=product/product&id=${i}`, status: 200 },
    ]),
  );
  expect(anyRule(oneScript, 'LOGIN_BRUTE_FORCE')).toBe(0);
  const camera = run(
    numbered(240, (i) => [{ second: i, target: '/cam/stream', status: i % 3 ? 200 : 401, remoteUser: 'cam' }]),
  );
  expect(anyRule(camera, 'LOGIN_BRUTE_FORCE')).toBe(0);
  const office = run(
    numbered(600, (i) => [
      {
        second: i / 3,
        method: i % 6 === 0 ? 'POST' : 'GET',
        target: i % 6 === 0 ? '/login' : `/app/${i}`,
        status: i % 6 === 0 ? 302 : 200,
      },
    ]),
  );
  expect(anyRule(office, 'LOGIN_BRUTE_FORCE')).toBe(0);
  const token = (status: number) =>
    run(
      numbered(120, (i) => [{ second: i, method: 'POST', target: i % 2 ? '/oauth2/token' : '/api/v1/orders', status }]),
    );
  expect(anyRule(token(200), 'LOGIN_BRUTE_FORCE')).toBe(0);
  expect(anyRule(token(401), 'LOGIN_BRUTE_FORCE')).toBeGreaterThan(0);
});

test.each([
  ['POST', '/j_spring_security_check', 302],
  ['POST', '/login_check', 302],
  ['POST', '/customer/account/loginPost/', 302],
  ['POST', '/connect/token', 400],
  ['POST', '/api/token/', 401],
  ['POST', '/index.php?route=account/login', 200],
  ['POST', '/webmail/?_task=login', 200],
  ['GET', '/login?user=a&pass=b', 200],
])('guessing at a login is found however it is routed: %s %s', (method, target, status) => {
  const guess = run(
    numbered(60, (i) => [{ second: i, method, target, status }]),
    9,
    false,
  );
  expect(anyRule(guess, 'LOGIN_BRUTE_FORCE')).toBeGreaterThan(0);
});

test('guessing at a password that the server asks for itself alerts, asking without one and then with it does not', () => {
  const user = (remoteUser: (i: number) => string, status: (i: number) => number) =>
    run(
      numbered(80, (i) => [{ second: i, target: '/private/', remoteUser: remoteUser(i), status: status(i) }]),
      9,
      false,
    );
  const guess = user(
    () => 'admin',
    () => 401,
  );
  expect(anyRule(guess, 'LOGIN_BRUTE_FORCE')).toBe(61);
  const challenged = user(
    (i) => (i % 2 === 0 ? '' : 'anna'),
    (i) => (i % 2 === 0 ? 401 : 200),
  );
  expect(anyRule(challenged, 'LOGIN_BRUTE_FORCE')).toBe(0);
});

test.each([
  '/auth/refresh',
  '/api/v1/auth/token/refresh/',
  '/api/auth/refresh-token',
  '/api/auth/_log',
  '/auth/logout',
  '/api/sessions/5f3c/events',
  '/session/heartbeat',
])('what a program sends while somebody is logged in is no guessing: %s', (target) => {
  const app = run(numbered(120, (i) => [{ second: i * 2, method: 'POST', target, status: 200 }]));
  expect(anyRule(app, 'LOGIN_BRUTE_FORCE')).toBe(0);
});

const probe = (i: number, rules: number): Evidence => weakHit(`weak-${i % rules}`);

test('many distinct weak hits are probing: fast within minutes, slow over hours', () => {
  const fuzz = run(
    numbered(20, (i) => [{ second: i, target: `/?q=${i}` }, probe(i, 6)]),
    3,
    false,
  );
  expect(rulesOf(fuzz.get(5))).not.toContain('PROBING');
  expect(rulesOf(fuzz.get(19))).toContain('PROBING');
  const slow = run(
    numbered(20, (i) => [{ second: i * 900, target: `/?q=${i}` }, probe(i, 6)]),
    1,
    false,
  );
  expect(rulesOf(slow.get(19))).toContain('PROBING');
  expect(slow.get(19)!.behaviour.find(({ rule }) => rule === 'PROBING')!.excerpt).toContain('6 hours');
});

test('a page that is asked for in many ways, and what loads with a page, are one thing that was probed', () => {
  const rulesIn = (field: RuleMatch['field'], line: (i: number) => Omit<Line[0], 'second'>) =>
    anyRule(run(numbered(60, (i) => [{ second: i, ...line(i) }, weakHitIn(field, `weak-${i % 6}`)])), 'PROBING');
  expect(rulesIn('path', (i) => ({ target: `/pma/index.php?route=/sql&pos=${i}` }))).toBe(0);
  expect(rulesIn('path', (i) => ({ target: `/pma-${i}/index.php` }))).toBeGreaterThan(0);
  const searched = 'https://example.org/wiki?search=';
  expect(rulesIn('referer', (i) => ({ target: `/load.php?module=${i}`, referer: `${searched}a` }))).toBe(0);
  expect(rulesIn('referer', (i) => ({ target: '/load.php', referer: `${searched}${i}` }))).toBeGreaterThan(0);
});

test('what one or two rules trip over again and again is no probing, nor is a little among much', () => {
  const searches = run(numbered(200, (i) => [{ second: i * 5, target: `/search?q=select+${i}` }, probe(i, 2)]));
  expect(anyRule(searches, 'PROBING')).toBe(0);
  const busy = run(
    numbered(2000, (i) => [{ second: i / 4, target: `/p/${i}` }, i % 20 === 0 ? probe(i / 20, 9) : NOTHING]),
  );
  expect(anyRule(busy, 'PROBING')).toBe(0);
  const forgotten = run(
    numbered(20, (i) => [{ second: i * 8000, target: `/?q=${i}` }, probe(i, 6)]),
    1,
  );
  expect(anyRule(forgotten, 'PROBING')).toBe(0);
});

test('a few names of web shells that are not there are a hunt for them', () => {
  const hunt = (status: number, target: (i: number) => string, second = 3) =>
    run(
      numbered(12, (i): Line => [{ second: i * second, target: target(i), status }, weakHit('probe-shell-name')]),
      1,
      false,
    );
  const found = hunt(404, (i) => `/shell${i}.php`);
  expect(rulesOf(found.get(2))).toEqual([]);
  expect(rulesOf(found.get(6))).toContain('ENUMERATION');
  // A script that is there, one that is asked for again and again, and what an old link leads to now and then.
  expect(
    anyRule(
      hunt(200, (i) => `/${i}.php`),
      'ENUMERATION',
    ),
  ).toBe(0);
  expect(
    anyRule(
      hunt(404, (i) => `/x.php?t=${i}`),
      'ENUMERATION',
    ),
  ).toBe(0);
  expect(
    anyRule(
      hunt(404, (i) => `/${i}.php`, 600),
      'ENUMERATION',
    ),
  ).toBe(0);
  const reader = numbered(60, (i): Line => {
    const isDead = i % 5 === 0;
    return [
      { second: i, target: isDead ? `/${i}.php` : `/p/${i}`, status: isDead ? 404 : 200 },
      isDead ? weakHit('probe-shell-name') : NOTHING,
    ];
  });
  expect(anyRule(run(reader), 'ENUMERATION')).toBe(0);
});

test('what is missing by the dozen counts once, as a scan: a crawler that asks a moved site for its scripts is none of HIGH', () => {
  const crawl = run(
    numbered(60, (i): Line => [{ second: i * 3, target: `/${i}.php`, status: 404 }, weakHit('probe-shell-name')]),
  );
  expect(rulesOf(crawl.get(20))).toContain('ENUMERATION');
  expect(rulesOf(crawl.get(50))).toContain('PATH_SCAN');
  expect(rulesOf(crawl.get(50))).not.toContain('ENUMERATION');
});

test('several numbers of authors are a listing of users, whatever is answered, and other weak hits are none', () => {
  const listing = (rule: string, pages: number, status = 200) =>
    run(
      numbered(40, (i): Line => {
        const isAuthor = i % (pages + 1) === 0;
        return [
          { second: i * 2, target: isAuthor ? `/?author=${i}` : `/author/a${i}/`, status },
          isAuthor ? weakHit(rule) : NOTHING,
        ];
      }),
      1,
      false,
    );
  expect(rulesOf(listing('probe-user-listing', 0).get(3))).toEqual([]);
  expect(rulesOf(listing('probe-user-listing', 0).get(7))).toContain('ENUMERATION');
  expect(rulesOf(listing('probe-user-listing', 0, 404).get(7))).toContain('ENUMERATION');
  // Each followed where it leads.
  expect(rulesOf(listing('probe-user-listing', 1).get(14))).toContain('ENUMERATION');
  expect(anyRule(listing('probe-user-listing', 3), 'ENUMERATION')).toBe(0);
  expect(anyRule(listing('another-rule', 0), 'ENUMERATION')).toBe(0);
  // Elsewhere than where WordPress answers, a filter of books or posts.
  const listedOn = (path: string) => {
    const target = (i: number) => `${path}?author=${i}`;
    const lines = numbered(40, (i): Line => [{ second: i * 2, target: target(i) }, weakHit('probe-user-listing')]);
    return anyRule(run(lines), 'ENUMERATION');
  };
  for (const path of ['/books', '/api/posts/', '/blog/archive']) expect(listedOn(path)).toBe(0);
  for (const path of ['/blog/', '/index.php', '/en/wordpress/']) expect(listedOn(path)).toBeGreaterThan(20);
  const afterOthers = numbered(8, (i): Line => {
    const rule = i < 7 ? `weak-${i % 3}` : 'probe-user-listing';
    return [{ second: i, target: `/?q=${i}` }, weakHit(rule)];
  });
  expect(anyRule(run(afterOthers), 'ENUMERATION')).toBe(0);
});

const attack = (field: RuleMatch['field'] = 'param_value'): Evidence => ({
  ...weakHit(),
  matches: [{ ...weakHitIn(field, 'r').matches[0]!, score: 0.8 }],
});

test('once a client attacks again and again, its plain requests count too; a few attacks from a busy address do not', () => {
  const scan = numbered(60, (i): Line => [{ second: i, target: `/p/${i}` }, i % 3 === 0 ? attack() : NOTHING]);
  for (const size of [60, 20]) {
    const visited = run(scan, size, false);
    expect(rulesOf(visited.get(4))).toEqual([]);
    expect(rulesOf(visited.get(40))).toEqual(['ATTACKING_CLIENT']);
  }
  const office = run(numbered(400, (i) => [{ second: i, target: `/p/${i}` }, i % 20 === 0 ? attack() : NOTHING]));
  expect(anyRule(office, 'ATTACKING_CLIENT')).toBe(0);
  const rare = (userAgent: (i: number) => string) =>
    run(
      numbered(400, (i) => [
        { second: i, target: `/p/${i}`, userAgent: userAgent(i) },
        i % 8 === 0 ? attack() : NOTHING,
      ]),
    );
  expect(
    anyRule(
      rare((i) => `Browser/${i % 4}`),
      'ATTACKING_CLIENT',
    ),
  ).toBe(0);
  expect(
    anyRule(
      rare(() => 'Browser/1'),
      'ATTACKING_CLIENT',
    ),
  ).toBeGreaterThan(250);
  const repeated = run(numbered(60, (i) => [{ second: i, target: '/report' }, attack()]));
  expect(anyRule(repeated, 'ATTACKING_CLIENT')).toBe(0);
  // A page with an odd address, and all that it loads.
  const referer = 'https://example.org/wiki?search=%3C%3Fphp';
  const loaded = run(numbered(60, (i) => [{ second: i, target: `/p/${i}`, referer }, attack('referer')]));
  expect(anyRule(loaded, 'ATTACKING_CLIENT')).toBe(0);
});

test('a scan that follows much other traffic of the same address is found within its minute', () => {
  const visited = run([
    ...numbered(900, (i): Line => [{ second: 60 + i / 10, target: `/a/${i}` }]),
    ...numbered(100, (i): Line => [{ second: 180 + i / 10, target: `/x/${i}`, status: 404 }]),
  ]);
  expect(anyRule(visited, 'PATH_SCAN')).toBeGreaterThan(70);
});

test('the answer adds to evidence in the text, and alone says nothing', () => {
  const strong: Evidence = { ...weakHit(), matches: [{ ...weakHit('r').matches[0]!, score: 0.9 }] };
  const tool: Evidence = {
    ...weakHit(),
    matches: ['SCANNER_UA', 'SCANNER_PAYLOAD'].map((name) => ({
      ...weakHit('agent').matches[0]!,
      class: name,
      score: 0.6,
      field: 'user_agent' as const,
    })),
  };
  const visited = run([
    [{ second: 0, status: 200 }, strong],
    [{ second: 1, status: 500 }, weakHit('weak')],
    [{ second: 2, status: 200 }, weakHit('weak')],
    [{ second: 3, status: 500 }],
    // The name of a tool is nothing that could have worked; what it sent in a body may still have touched something.
    [{ second: 4, status: 200 }, tool],
    [{ second: 5, status: 500 }, tool],
    [
      { second: 6, status: 200 },
      { ...strong, matches: [...tool.matches, ...strong.matches] },
    ],
  ]);
  expect([0, 1, 2, 3, 4, 5, 6].map((line) => rulesOf(visited.get(line)))).toEqual([
    ['SUCCESS_AFTER_ATTACK'],
    ['SERVER_ERROR_AFTER_PAYLOAD'],
    [],
    [],
    [],
    ['SERVER_ERROR_AFTER_PAYLOAD'],
    ['SUCCESS_AFTER_ATTACK'],
  ]);
});

test('lines without a client address add nothing to the windows and are judged by their text', () => {
  const windows = new BatchWindows();
  const request = requestOf({ sourceIp: '-' });
  windows.add(0, request);
  windows.addEvidence(0, request, weakHit('weak'));
  expect(windows.deltas()).toEqual([]);
  const lines: number[] = [];
  windows.walk(
    () => undefined,
    () => request,
    (line, _request, _evidence, _behaviour, features) => void lines.push(line + features().requests1m),
  );
  expect(lines).toEqual([0]);
});

test('a scan from ever other addresses of one IPv6 network is found, and other networks are others', () => {
  const scan = (network: string): Line[] =>
    numbered(40, (i): Line => [
      { second: i, target: `/x/${i}`, status: 404, sourceIp: `${network}:${i.toString(16)}` },
    ]);
  expect(anyRule(run(scan('2001:db8:1:2:0:0:0')), 'PATH_SCAN')).toBeGreaterThan(10);
  const apart = numbered(40, (i): Line => [
    { second: i, target: `/x/${i}`, status: 404, sourceIp: `2001:db8:1:${i.toString(16)}::1` },
  ]);
  expect(anyRule(run(apart), 'PATH_SCAN')).toBe(0);
});
