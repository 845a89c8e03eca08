import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as allOf } from 'node:stream/consumers';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { runVigil, startVigil } from './testing/run-vigil.ts';

const INJECTION =
  '203.0.113.9 - - [23/Nov/2026:12:00:00 +0000] "GET /?id=1%27%20union%20select%20password%20from%20users-- HTTP/1.1" 200 12 "-" "curl/8"';
const ORDINARY =
  '198.51.100.7 - - [23/Nov/2026:12:00:01 +0000] "GET /index.html HTTP/1.1" 200 512 "-" "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"';
const TRAVERSAL =
  '203.0.113.8 - - [23/Nov/2026:12:00:02 +0000] "GET /../../../../etc/passwd HTTP/1.1" 404 12 "-" "curl/8"';
const LOG = [INJECTION, ORDINARY, '', 'this is no log line', ORDINARY.replace('23/Nov', '99/Nov'), TRAVERSAL];

const folder = mkdtempSync(join(tmpdir(), 'vigil-cli-'));
const log = join(folder, 'access.log');
const attacks = join(folder, 'attacks.log');
const benign = join(folder, 'benign.log');

beforeAll(() => {
  writeFileSync(log, `${LOG.join('\n')}\n`);
  writeFileSync(`${log}.gz`, gzipSync(`${LOG.join('\n')}\n`));
  writeFileSync(`${log}.zst`, zstdCompressSync(`${LOG.join('\n')}\n`));
  writeFileSync(attacks, `${INJECTION}\n${TRAVERSAL}\n${ORDINARY}\n`);
  writeFileSync(benign, `${ORDINARY}\n`);
});
afterAll(() => rmSync(folder, { recursive: true }));

const objects = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('vigil scan', () => {
  it('gives an object per line, in their order', async () => {
    const { stdout, code } = await runVigil(['scan', log, '--output', 'ndjson']);
    expect(code).toBe(0);
    const lines = objects(stdout);
    expect(lines.map(({ line, severity, rejected }) => [line, severity ?? rejected])).toEqual([
      [1, 'HIGH'],
      [2, 'LOW'],
      [3, 'empty'],
      [4, 'unparsable'],
      [5, 'invalid_timestamp'],
      [6, 'HIGH'],
    ]);
    const [injection, ordinary] = lines;
    expect(injection?.['score']).toBeGreaterThanOrEqual(0.7);
    expect(injection?.['matched_rules']).toContain('sqli-union-select');
    expect(ordinary).toMatchObject({ score: 0, matched_rules: [] });
    expect(new Set(lines.map(({ id }) => id)).size).toBe(LOG.length);
    for (const { id } of lines) expect(id).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
  });

  it('leaves out what is below the severity asked for', async () => {
    const { stdout } = await runVigil(['scan', log, '--output', 'ndjson', '--min-severity', 'HIGH']);
    expect(objects(stdout).map(({ line }) => line)).toEqual([1, 6]);
  });

  it('gives the same for standard input and archives but for ids, which follow from the source', async () => {
    const plain = await runVigil(['scan', log, '--output', 'ndjson', '--source', 'site']);
    const piped = await runVigil(['scan', '-', '--output', 'ndjson', '--source', 'site'], { stdin: LOG.join('\n') });
    expect(objects(piped.stdout)).toEqual(objects(plain.stdout));
    for (const ending of ['gz', 'zst']) {
      const packed = await runVigil(['scan', `${log}.${ending}`, '--output', 'ndjson', '--source', 'site']);
      expect(objects(packed.stdout)).toEqual(objects(plain.stdout));
    }
  });

  it('sums up for people', async () => {
    const { stdout } = await runVigil(['scan', log]);
    expect(stdout).toMatch(/^6 lines in/);
    expect(stdout).toMatch(/HIGH +2 /);
    expect(stdout).toMatch(/rejected +3 /);
    expect(stdout).toContain('SQL_INJECTION');
  });

  it('ends quietly when nobody reads on', async () => {
    const long = join(folder, 'long.log');
    writeFileSync(long, `${INJECTION}\n`.repeat(20_000));
    const child = startVigil(['scan', long, '--output', 'ndjson']);
    let problems = '';
    child.stderr.on('data', (data: Buffer) => (problems += data.toString()));
    child.stdout.once('data', () => child.stdout.destroy());
    const [code] = await once(child, 'close');
    expect([code, problems]).toEqual([0, '']);
  });

  it.each([
    ['scan', log, folder, 'nowhere'],
    ['eval', folder, 'nowhere'],
    ['replay', '--key', 'k', log, folder, 'nowhere'],
    ['rules', 'test', log, folder, 'nowhere'],
  ])('names every file that cannot be read before anything is done: %s', async (...args) => {
    const { code, stdout, stderr } = await runVigil(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^vigil: Cannot read .*: it is a folder; name the files in it\.$/m);
    expect(stderr).toMatch(/^Cannot read .*nowhere: there is no such file\.$/m);
  });

  it('scores what a damaged archive holds before its damage, and says so', async () => {
    const lines = 5_000;
    const random = Array.from({ length: lines }, (_, n) =>
      ORDINARY.replace('index', `page-${(n * 2_654_435_761) % 2 ** 32}`),
    );
    const whole = gzipSync(`${random.join('\n')}\n`);
    const damaged = join(folder, 'damaged.log.gz');
    writeFileSync(damaged, whole.subarray(0, whole.length / 2));
    const { code, stdout, stderr } = await runVigil(['scan', damaged, '--output', 'ndjson']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/damaged\.log\.gz: the archive is damaged or cut off/);
    const found = objects(stdout);
    expect(found.length).toBeGreaterThan(lines / 4);
    expect(found.length).toBeLessThan(lines);
    expect(found.map(({ severity }) => severity)).not.toContain(undefined);
  });

  it('says so where a log is in UTF-16, and scores the others', async () => {
    const written = join(folder, 'powershell.log');
    writeFileSync(written, `\ufeff${ORDINARY}\r\n`, 'utf16le');
    const { code, stdout, stderr } = await runVigil(['scan', written, log]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^vigil: Cannot read .*powershell\.log: it is in UTF-16, .*iconv/);
    expect(stdout).not.toContain('No line is a request');
  });

  it('says so where a file is no access log', async () => {
    const syslog = join(folder, 'syslog');
    writeFileSync(syslog, 'Nov 23 12:00:00 host sshd[1]: Accepted publickey for root\n'.repeat(3));
    const { stdout } = await runVigil(['scan', syslog]);
    expect(stdout).toContain('No line is a request in a format that is known. Name the format with --format');
  });
});

describe('vigil rules', () => {
  it('lists every rule, shows one, and knows which it has not', async () => {
    const { stdout } = await runVigil(['rules', 'list']);
    expect(stdout).toMatch(/sqli-union-select +SQL_INJECTION +0\.\d\d {2}\w/);
    const shown = await runVigil(['rules', 'show', 'sqli-union-select']);
    expect(shown.stdout).toMatch(/^cwe: 89$/m);
    const unknown = await runVigil(['rules', 'show', 'no-such-rule']);
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('There is no rule "no-such-rule"')]);
  });

  it('runs examples, and fails by name where one does not do what it says', async () => {
    const pack = join(folder, 'own.yaml');
    const rule = (example: string) =>
      [
        'pack: own',
        'version: 1.0.0',
        'description: Rules of a test.',
        'rules:',
        '  - id: own-teapot',
        '    title: Asks a teapot',
        '    class: SCANNER',
        '    cwe: 200',
        '    capec: 118',
        '    attack: T1595',
        '    score: 0.6',
        '    fields: [path]',
        '    regex: /teapot',
        '    gate: [teapot]',
        '    references: [https://www.rfc-editor.org/rfc/rfc2324]',
        `    examples: { positive: ['${example}'], negative: ['/kettle'] }`,
        '',
      ].join('\n');
    writeFileSync(pack, rule('/teapot'));
    const good = await runVigil(['rules', 'test', pack]);
    expect([good.code, good.stderr]).toEqual([0, '']);
    expect(good.stdout).toMatch(/examples, 0 failed/);
    writeFileSync(pack, rule('/coffee'));
    const bad = await runVigil(['rules', 'test', pack]);
    expect(bad.code).toBe(1);
    expect(bad.stdout).toContain('own-teapot');
    writeFileSync(pack, rule('/teapot').replace('score: 0.6', 'score: much'));
    const broken = await runVigil(['rules', 'test', pack]);
    expect(broken.code).toBe(1);
    expect(broken.stderr).toMatch(/own\.yaml:11\b/);
  });

  it('explains a score by views, matches and sum', async () => {
    const { stdout } = await runVigil(['rules', 'explain', INJECTION]);
    expect(stdout).toContain(`[decoded: percent] "1' union select password from users--"`);
    expect(stdout).toMatch(/0\.\d\d sqli-union-select \(SQL_INJECTION\) in param_value "id" after percent at 3-37/);
    expect(stdout).toMatch(/1\.00 HIGH/);
  });
});

it('vigil eval gives rates and a curve, and names false alarms', async () => {
  const { stdout, code } = await runVigil(['eval', attacks, benign, '--misses']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/attacks found +2\/3 +66\.67 %/);
  expect(stdout).toMatch(/harmless that alert +0\/1 +0\.00 %/);
  expect(stdout).toMatch(/0\.50 +66\.67 % +0\.00 %/);
  expect(stdout).toContain('/index.html');
  const swapped = await runVigil(['eval', benign, attacks]);
  expect(swapped.stdout).toMatch(/line 1 .*sqli-union-select/);
});

it('vigil eval reads lists of targets, too, and says how many lines are no request', async () => {
  const lists = mkdtempSync(join(tmpdir(), 'vigil-eval-'));
  onTestFinished(() => rmSync(lists, { recursive: true }));
  const [list, prose] = [join(lists, 'attacks.txt'), join(lists, 'prose.txt')];
  writeFileSync(list, '/?a=<script>alert(1)</script>\nUA:sqlmap/1.8\nREF:http://a.example/?b=../../etc/passwd\n');
  writeFileSync(prose, 'attacks\nthat we saw\n');
  const { stdout } = await runVigil(['eval', list, prose]);
  expect(stdout).toMatch(/attacks found +3\/3 /);
  expect(stdout).toContain(`2 of 2 lines of ${prose} are no request`);
  expect(stdout).not.toContain(`lines of ${list}`);
});

it('vigil simulate writes the same lines for the same seed, and stops at the count', async () => {
  const args = ['simulate', '--mode', 'sqli', '--count', '50', '--seed', '7', '--start', '2026-11-23T12:00:00Z'];
  const one = await runVigil(args);
  const other = await runVigil(args);
  expect(one.stdout.trimEnd().split('\n')).toHaveLength(50);
  expect(other.stdout).toBe(one.stdout);
});

it('vigil config names every problem of a service, and prints no secret', async () => {
  const env = { DATABASE_URL: 'postgres://vigil:hunter2@127.0.0.1/vigil', REDIS_URL: 'nonsense', LOG_LEVEL: 'loud' };
  const { stdout, code } = await runVigil(['config', 'dispatcher'], { env });
  expect(code).toBe(2);
  expect(stdout).toMatch(/^! .*REDIS_URL/m);
  expect(stdout).toMatch(/^! .*LOG_LEVEL/m);
  const good = await runVigil(['config', 'dispatcher'], {
    env: { ...env, REDIS_URL: 'redis://:hunter2@127.0.0.1:6379', LOG_LEVEL: 'info', NATS_URL: 'nats://127.0.0.1' },
  });
  expect([good.code, good.stderr]).toEqual([0, '']);
  expect(good.stdout).toContain('DATABASE_URL=postgres://vigil:***@127.0.0.1/vigil');
  expect(good.stdout).not.toContain('hunter2');
});

it('vigil config says what every variable means, also of a service that lacks others', async () => {
  const { stdout } = await runVigil(['config'], { env: { REDIS_URL: undefined, DATABASE_URL: undefined } });
  const unexplained = stdout.split('\n\n').filter((entry) => /^(?:# )?[A-Z_]+=/.test(entry));
  expect(unexplained).toEqual([]);
  expect(stdout).toContain('# Format of all sources');
  expect(stdout).toContain('# INGEST_FORMAT=\n');
});

it('vigil config asks about a variable that nothing reads but that resembles a setting', async () => {
  const { stdout, code } = await runVigil(['config', 'embedded'], { env: { INGEST_FORMT: 'combined' } });
  expect(code).toBe(0);
  expect(stdout).toContain('\n! INGEST_FORMT is set, but nothing reads it; is it meant to be INGEST_FORMAT?\n');
});

it('vigil config embedded names the folder that is kept, and nothing that embedded mode has no say in', async () => {
  const { stdout } = await runVigil(['config', 'embedded'], {
    env: { VIGIL_DATA_DIR: '/data', CHECKPOINT_PATH: '/c' },
  });
  expect(stdout).toContain('\nVIGIL_DATA_DIR=/data\n');
  expect(stdout).not.toContain('CHECKPOINT_PATH');
  expect(stdout).toMatch(/a demonstration log\.\nINGEST_PATHS=/);
});

it('refuses a format and a zone that do not exist before anything is read by them', async () => {
  const env = { INGEST_FORMAT: 'combind', SOURCE_TIME_ZONE: 'Europe/Berln' };
  const { stdout, code } = await runVigil(['config', 'embedded'], { env });
  expect(code).toBe(2);
  expect(stdout).toContain('! SOURCE_TIME_ZONE: must be a zone such as Europe/Berlin');
  const problem = '! INGEST_FORMAT: "combind" is no format: name one of auto, combined';
  expect(stdout).toContain(problem);
  const ingestor = await runVigil(['config', 'ingestor'], { env: { ...env, REDIS_URL: 'redis://127.0.0.1' } });
  expect([ingestor.code, ingestor.stdout]).toEqual([2, expect.stringContaining(problem)]);
});

it('vigil health tells who is ready, by its exit code, too', async () => {
  let isReady = true;
  const server = createServer((request, response) => {
    const ok = request.url === '/health' || isReady;
    const checks = [{ name: 'postgres', ok, ...(ok ? {} : { reason: 'refused' }) }];
    response.writeHead(ok ? 200 : 503).end(JSON.stringify({ status: ok ? 'ok' : 'unavailable', checks }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    expect((await runVigil(['health', url])).code).toBe(0);
    isReady = false;
    const down = await runVigil(['health', url]);
    expect(down.code).toBe(1);
    expect(down.stdout).toContain('FAIL postgres: refused');
  } finally {
    server.closeAllConnections();
    server.close();
  }
  const gone = await runVigil(['health'], { env: { VIGIL_URL: url } });
  expect([gone.code, gone.stdout]).toEqual([1, expect.stringContaining('is Vigil running there?')]);
});

it('vigil health tells an answer of somebody else from none, and a slip from both', async () => {
  const server = createServer((_request, response) => void response.writeHead(404).end('{"status":404}'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const other = await runVigil(['health', `http://127.0.0.1:${(server.address() as AddressInfo).port}`]);
    expect([other.code, other.stdout]).toEqual([1, expect.stringContaining('/health  HTTP 404, no answer of a Vigil')]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
  const slip = await runVigil(['health', 'localhost:8080']);
  expect([slip.code, slip.stderr]).toEqual([2, expect.stringContaining('localhost:8080 is no address')]);
});

it('shows what a server says, and the names of files, as text', async () => {
  const hostile = '\u001b[2J\u202e';
  const problem = JSON.stringify({
    status: hostile,
    detail: hostile,
    checks: [{ name: hostile, ok: false, reason: hostile }],
  });
  const server = createServer((request, response) => void response.writeHead(422).end(problem));
  server.on('upgrade', (_request, socket) => {
    socket.end(`HTTP/1.1 422 No\r\nContent-Length: ${Buffer.byteLength(problem)}\r\n\r\n${problem}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const env = { VIGIL_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, VIGIL_API_KEY: 'any' };
  try {
    for (const args of [['health'], ['tail'], ['replay', log], ['scan', `/none/${hostile}`]]) {
      const { stdout, stderr } = await runVigil(args, { env });
      expect([args, stdout + stderr]).toEqual([args, expect.stringContaining('\\u{1b}[2J\\u{202e}')]);
      expect(stdout + stderr).not.toMatch(/[\u001b\u202e]/);
    }
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

it.each(['scna', 'constructor'])('tells how it is called where it has no command %s', async (name) => {
  const { code, stderr } = await runVigil([name]);
  expect(code).toBe(2);
  expect(stderr).toContain(`unknown command '${name}'`);
});

it.each([['scan'], ['scan', '--no-such-option', log], ['keys'], ['keys', 'create', 'name', '--scopes', 'all']])(
  'ends with 2 where it is called wrongly: %s %s',
  async (...args) => {
    expect((await runVigil(args)).code).toBe(2);
  },
);

it('gives help and its version without a failure', async () => {
  expect((await runVigil(['keys', 'create', '--help'])).code).toBe(0);
  expect((await runVigil(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\S*\n$/);
});

it.each([
  ['scan', '--output', 'ndjson', log],
  ['simulate', '--count', '1000'],
])('says so where its output cannot be written: %s', async (...args) => {
  // A device that is always full.
  const full = openSync('/dev/full', 'w');
  const vigil = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
    stdio: ['ignore', full, 'pipe'],
  });
  closeSync(full);
  const [stderr, [code]] = await Promise.all([allOf(vigil.stderr!), once(vigil, 'close')]);
  expect([code, stderr]).toEqual([1, 'vigil: The output cannot be written: ENOSPC: no space left on device, write\n']);
});

it.each([
  ['replay', log],
  ['simulate', '--count', '1', '--url', 'http://127.0.0.1:9'],
  ['tail', '--url', 'http://127.0.0.1:9'],
])('refuses at once a key that no request can carry: %s', async (...args) => {
  const { code, stderr } = await runVigil(args, { env: { VIGIL_API_KEY: 'vgl_abc…' } });
  expect([code, stderr]).toEqual([2, 'vigil: The key holds characters that no key has. Was it copied whole?\n']);
});

it.each(['127.0.0.1:8080', 'ftp://127.0.0.1', 'nonsense'])('says that %s is no address of a stream', async (url) => {
  const { code, stderr } = await runVigil(['tail', '--key', 'key', '--url', url]);
  expect([code, stderr]).toEqual([2, expect.stringContaining(`${url} is no address`)]);
});

it.each([['scan', '--bogus'], ['rules', 'show'], ['keys', 'create', 'me'], ['bogus']])(
  'says where to read how it is called: %s',
  async (...args) => {
    const { code, stderr } = await runVigil(args);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^error: .*\(see --help\)\n$/s)]);
  },
);

it('vigil replay says what was taken of a file that it cannot read to its end', async () => {
  const whole = gzipSync(Array.from({ length: 500 }, () => `${ORDINARY}${crypto.randomUUID()}\n`).join(''));
  const damaged = join(folder, 'replayed.log.gz');
  writeFileSync(damaged, whole.subarray(0, whole.length / 2));
  let lines = 0;
  const server = createServer((request, response) => {
    const taken = async (): Promise<void> => {
      const accepted = (await allOf(request)).split('\n').length - 1;
      lines += accepted;
      response.end(JSON.stringify({ accepted, rejected: {} }));
    };
    void taken();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { code, stdout, stderr } = await runVigil(['replay', '--key', 'key', '--url', url, damaged]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('the archive is damaged or cut off')]);
    expect(lines).toBeGreaterThan(0);
    expect(stdout).toBe(`${damaged}: ${lines} lines accepted, 0 rejected\n`);
  } finally {
    server.close();
  }
});

it('vigil replay names each file as its source unless it is given one, and says what was taken of it', async () => {
  const asked: (string | null)[] = [];
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://ingestor');
    asked.push(searchParams.get('source'));
    response.end(JSON.stringify({ accepted: 4, rejected: { empty: 1, too_long: 2 } }));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    const env = { VIGIL_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, VIGIL_API_KEY: 'key' };
    const own = await runVigil(['replay', log, '-'], { env, stdin: `${ORDINARY}\n` });
    expect(own).toMatchObject({ code: 0, stderr: '' });
    expect(own.stdout).toBe([log, 'stdin'].map((name) => `${name}: 4 lines accepted, 3 rejected\n`).join(''));
    const given = await runVigil(['replay', '--source', 'site', '--rate', '1000000', log], { env });
    expect(given).toMatchObject({ code: 0, stderr: '', stdout: 'site: 4 lines accepted, 3 rejected\n' });
    expect(asked).toEqual([log, 'stdin', 'site']);
  } finally {
    server.close();
  }
});
