import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json, text } from 'node:stream/consumers';
import { openDatabase } from '@vigil/shared/storage/database';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AlertListener } from './alert-listener.ts';
import { AttackLog } from './attack-log.ts';
import { EmbeddedProcess } from './embedded-process.ts';
import { expectExactlyOnce } from './journey.ts';
import { until } from './until.ts';

let folder: string;
let vigil: EmbeddedProcess;
let log: AttackLog;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vigil-e2e-'));
  log = new AttackLog(join(folder, 'access.log'));
  vigil = new EmbeddedProcess(join(folder, 'data'), [log.path]);
});
afterEach(async () => {
  // Killed, it would leave its database behind for a moment, which writes into the folder that is removed.
  await vigil.end('SIGTERM');
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
});

/** Starts Vigil and hears its alerts; a listener that heard some before resumes. */
async function startHeard(listener = new AlertListener()): Promise<AlertListener> {
  await vigil.start();
  await listener.connect(vigil.url, vigil.apiKey);
  return listener;
}

async function expectAllOnce(listener: AlertListener): Promise<void> {
  const database = await openDatabase(vigil.databaseUrl);
  try {
    await expectExactlyOnce(database, log, listener);
  } finally {
    await database.close();
  }
  listener.close();
}

describe('embedded mode', () => {
  it(
    'stores and tells every attack exactly once through rotations, a SIGKILL and a restart',
    { timeout: 180_000 },
    async () => {
      const listener = await startHeard();

      log.write(400);
      await until('the first alerts are heard', () => listener.alerts.length > 0);
      log.rotate();
      log.write(300);
      await until('an alert of the rotated log is heard', () => listener.alerts.length > 90);
      log.write(500);
      await vigil.end('SIGKILL');
      listener.close();

      log.write(200);
      log.rotate();
      log.write(300);
      await startHeard(listener);
      log.write(100);

      await expectAllOnce(listener);
      expect(await vigil.end('SIGTERM')).toBe(0);
    },
  );

  it(
    'tells a webhook every alert, also those of a time when it was away, and a chat meanwhile',
    { timeout: 180_000 },
    async () => {
      const told: string[] = [];
      const chat: string[] = [];
      let isAway = true;
      const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
        if (request.url === '/chat') {
          chat.push(await text(request));
          response.writeHead(204).end();
          return;
        }
        const { data } = (await json(request)) as { data: { alerts: { id: string }[] } };
        if (!isAway) told.push(...data.alerts.map(({ id }) => id));
        response.writeHead(isAway ? 503 : 204).end();
      };
      const receiver = createServer((request, response) => void take(request, response));
      receiver.listen(0, '127.0.0.1');
      try {
        await once(receiver, 'listening');
        const { port } = receiver.address() as AddressInfo;
        vigil = new EmbeddedProcess(vigil.dataDir, [log.path], {
          WEBHOOK_URL: `http://127.0.0.1:${port}/hook`,
          WEBHOOKS: 'chat',
          WEBHOOK_CHAT_URL: `http://127.0.0.1:${port}/chat`,
          WEBHOOK_CHAT_FORMAT: 'text',
        });
        const listener = await startHeard();
        log.write(100);
        await until('it was refused', () => vigil.output.includes('the webhook answered 503'));
        await until('the chat is told', () => chat.length > 0);
        expect(chat[0]).toMatch(/^\{"text":"Vigil: /);
        isAway = false;
        await expectAllOnce(listener);
        await until('all are told', () => told.length >= listener.alerts.length);
        expect(told).toEqual(listener.alerts.map(({ id }) => id));
        expect(vigil.output).not.toContain('/hook');
        expect(await vigil.end('SIGTERM')).toBe(0);
      } finally {
        receiver.close().closeAllConnections();
      }
    },
  );

  it(
    'ends with its database and says why, so that whoever starts it again loses nothing',
    { timeout: 180_000 },
    async () => {
      const listener = await startHeard();
      log.write(50);
      await until('the first alerts are heard', () => listener.alerts.length > 0);
      const pidFile = join(vigil.dataDir, 'postgres/cluster/postmaster.pid');
      process.kill(Number.parseInt(readFileSync(pidFile, 'utf8'), 10), 'SIGKILL');
      log.write(50);
      expect(await vigil.ended()).toBe(1);
      expect(vigil.output).toMatch(/PostgreSQL ended with SIGKILL/);
      expect(vigil.output).toMatch(/Start Vigil again/);
      listener.close();

      await startHeard(listener);
      await expectAllOnce(listener);
    },
  );

  it(
    'keeps its key and its events over a restart, and refuses a second one on the same folder',
    { timeout: 120_000 },
    async () => {
      const listener = await startHeard();
      log.write(10);
      await until('both alerts are heard', () => listener.alerts.length === 2);
      listener.close();

      const second = new EmbeddedProcess(vigil.dataDir, [log.path]);
      await expect(second.start()).rejects.toThrow(/already running on .* \(process \d+\)/);

      const key = vigil.apiKey;
      expect(await vigil.end('SIGINT')).toBe(0);
      await vigil.start();
      expect(vigil.apiKey).toBe(key);
      const headers = { 'x-api-key': key };
      const threats = (await (await fetch(`${vigil.url}/threats?limit=10`, { headers })).json()) as {
        threats: unknown[];
      };
      expect(threats.threats).toHaveLength(2);
      expect((await fetch(`${vigil.url}/threats`)).status).toBe(401);
      // On a machine where all tests run at once a check may take longer than it is given.
      await until('it is ready', async () => (await fetch(`${vigil.url}/ready`)).status === 200);
    },
  );
});
