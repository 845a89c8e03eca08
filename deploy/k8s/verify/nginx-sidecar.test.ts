import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { freePort } from '@vigil/dev-services/free-port';
import { startOwnedProcess } from '@vigil/dev-services/owned-process';
import { findOnPath } from '@vigil/dev-services/programs';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { describe, expect, test } from 'vitest';
import { TREE } from './render.ts';

const CONFIG = readFileSync(join(TREE, 'examples/nginx-sidecar/nginx.conf'), 'utf8');
const NGINX = findOnPath('nginx', `${process.env['PATH']}:/usr/sbin`);

/** What nginx answers with 400 before it looks for a location. */
const REFUSED = [
  'GET /../../../../etc/passwd HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
  'GET /%00 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
  'GET /no-host?x=${jndi:ldap://h/a} HTTP/1.1\r\nConnection: close\r\n\r\n',
];

test('the root of the site, without which nginx writes no log of such a name, is that of the server', () => {
  expect(CONFIG.slice(CONFIG.indexOf('server {'), CONFIG.indexOf('location '))).toMatch(/^ *root \S+;$/m);
});

// Debian's package needs libraries of its own, so nginx is not fetched: this needs an installed one.
describe.skipIf(NGINX === undefined)('a real nginx (skipped where none is on the PATH)', () => {
  test('logs what it refuses as it logs what it serves', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vigil-nginx-'));
    const logs = join(folder, 'logs');
    for (const name of ['logs', 'tmp', 'site']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'site/index.html'), 'here');
    const port = await freePort();
    const config = CONFIG.replaceAll('/tmp/', `${folder}/tmp/`)
      .replaceAll('/logs/', `${logs}/`)
      .replace('/usr/share/nginx/html', join(folder, 'site'))
      .replace('listen 8080', `listen 127.0.0.1:${port}`);
    writeFileSync(join(folder, 'nginx.conf'), config);
    // Its workers give up root's rights otherwise, and could not write to our folder.
    const user = process.getuid?.() === 0 ? ' user root;' : '';
    const nginx = await startOwnedProcess({
      name: 'nginx',
      command: NGINX!,
      args: ['-p', folder, '-c', join(folder, 'nginx.conf'), '-g', `daemon off;${user}`],
      logFile: join(folder, 'nginx.log'),
      stopSignal: 'SIGTERM',
      stopTimeoutMs: 10_000,
      startTimeoutMs: 30_000,
      probe: async () => void (await fetch(`http://127.0.0.1:${port}/`)),
    });
    try {
      for (const request of REFUSED) expect(await answer(port, request)).toMatch(/^HTTP\/1\.1 400 /);
      expect(await answer(port, 'GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')).toMatch(/ 404 /);
      const written = () => readdirSync(logs).map((file) => readFileSync(join(logs, file), 'utf8'));
      await waitUntil(() => written().some((log) => log.includes('/last')), {
        timeoutMs: 10_000,
        what: 'the last line',
      });
      for (const request of REFUSED) expect(written().join('')).toContain(request.slice(0, request.indexOf('\r\n')));
    } finally {
      await nginx.stop();
      rmSync(folder, { recursive: true });
    }
  });
});

async function answer(port: number, request: string): Promise<string> {
  const socket = createConnection(port, '127.0.0.1');
  socket.end(request);
  return text(socket);
}
