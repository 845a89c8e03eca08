import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createMemoryAlertBus } from '@vigil/shared/bus/memory-alert-bus';
import { Lifecycle } from '@vigil/shared/lifecycle/lifecycle';
import { LoopTurns } from '@vigil/shared/lifecycle/loop-turns';
import { Registry } from '@vigil/shared/metrics/metrics';
import { testLogger } from '@vigil/shared/testing/test-logger';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { StreamGate } from '../auth/stream-access.ts';
import { Tickets } from '../auth/tickets.ts';
import { gatewaySettings } from '../config.ts';
import { StreamLimits } from '../limits/stream-limits.ts';
import { AlertHub } from '../stream/alert-hub.ts';
import type { AlertStore } from '../stream/alert-store.ts';
import { ReplayReader } from '../stream/replay-reader.ts';
import { StreamClients } from '../stream/stream-clients.ts';
import { createStreamMetrics } from '../stream/stream-metrics.ts';
import { attachWebSocketServer } from './websocket-server.ts';

/** A stream without alerts, whose clients the test pings itself. */
async function serve(): Promise<{ url: string; clients: StreamClients }> {
  const log = testLogger();
  const lifecycle = new Lifecycle(log, 5_000);
  const metrics = createStreamMetrics(new Registry());
  const store: AlertStore = { page: async (after) => ({ alerts: [], upTo: after }), lastSeq: async () => 0 };
  const hub = new AlertHub({ bus: createMemoryAlertBus(), store, lifecycle, log, metrics, recentAlertsMax: 10 });
  await hub.start();
  const clients = new StreamClients(metrics);
  const verifyKey = async (key: string) => ({ name: key, scopes: ['stream' as const] });
  const server = createServer();
  attachWebSocketServer(server, {
    gate: new StreamGate(verifyKey, undefined, new Tickets()),
    limits: new StreamLimits(gatewaySettings(), metrics),
    clients,
    subscriptions: {
      hub,
      replay: new ReplayReader(store, hub),
      turns: new LoopTurns(),
      metrics,
      bufferBytesMax: 100_000,
      replayAlertsMax: 10,
      pingIntervalMs: 1_000,
    },
    origins: [],
    messageBytesMax: 1_000,
    addressOf: () => '192.0.2.1',
    log,
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(async () => {
    server.close();
    await lifecycle.stop('test');
  });
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, clients };
}

function connect(url: string, autoPong = true): WebSocket {
  const socket = new WebSocket(url, { headers: { 'x-api-key': 'any' }, autoPong });
  socket.on('error', () => undefined);
  onTestFinished(() => socket.terminate());
  return socket;
}

/** What the gateway answers to what it does not understand; it has then read all that was sent before. */
async function answered(socket: WebSocket): Promise<string> {
  const answer = once(socket, 'message') as Promise<[Buffer]>;
  socket.send('?');
  return String((await answer)[0]);
}

it('drops a client that did not answer the ping before, and keeps one that did', async () => {
  const { url, clients } = await serve();
  const [live, dead] = [connect(`${url}/ws/alerts?control=1`), connect(`${url}/ws/alerts?control=1`, false)];
  await Promise.all([once(live, 'message'), once(dead, 'message')]);
  for (let pings = 0; pings < 3; pings += 1) {
    const pinged = once(live, 'ping');
    const dropped = pings === 1 ? once(dead, 'close') : undefined;
    clients.checkAlive();
    await Promise.all([pinged, dropped]);
    expect(await answered(live)).toContain('it is no JSON');
  }
  expect(clients.size).toBe(1);
});

it('has its stream at one path', async () => {
  const { url, clients } = await serve();
  const [, refusal] = (await once(connect(`${url}/ws/other`), 'unexpected-response')) as [
    unknown,
    { statusCode: number },
  ];
  expect([refusal.statusCode, clients.size]).toEqual([404, 0]);
});
