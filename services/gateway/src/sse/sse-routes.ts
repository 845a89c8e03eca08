import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { EVERY_ANSWER } from '@vigil/shared/http/problem';
import type { StreamGate } from '../auth/stream-access.ts';
import type { StreamLimits } from '../limits/stream-limits.ts';
import { drained } from '../stream/drained.ts';
import { parseStreamQuery } from '../stream/stream-query.ts';
import type { StreamClients } from '../stream/stream-clients.ts';
import { Subscription, type StreamSink, type SubscriptionOptions } from '../stream/subscription.ts';

const FAREWELL_MS = 5_000;

/** `GET /alerts/stream`: the alerts as server-sent events, resumed by `Last-Event-ID`. */
export function sseRoutes(
  app: FastifyInstance,
  options: { gate: StreamGate; limits: StreamLimits; clients: StreamClients; subscriptions: SubscriptionOptions },
): void {
  const { gate, limits, clients, subscriptions } = options;
  // A HEAD beside it would open a stream whose answer never ends, and keep what else is asked on its connection waiting.
  app.get('/alerts/stream', { exposeHeadRoute: false }, async (request, reply) => {
    const { access, query } = await limits.admitConnect(request.ip, async () => ({
      access: await gate.admit(request.headers, undefined),
      query: parseStreamQuery(new URL(request.url, 'http://gateway').searchParams),
    }));
    // Whoever left meanwhile closes nothing any more, and would be counted for ever.
    if (reply.raw.destroyed) {
      reply.hijack();
      return;
    }
    const slot = limits.openConnection(request.ip, access.name);
    reply.raw.once('close', slot.close);
    const sink = openEventStream(reply);
    const subscription = new Subscription(subscriptions, sink, 'sse', access.restriction);
    const { remove } = clients.add({ subscription, access }, 'sse');
    reply.raw.once('close', remove);
    // Each alert is an event with an id of its own.
    subscription.start({ ...query.request, batch: false, after: lastEventId(request) ?? query.request.after });
  });
}

/** What a browser sends by itself when it comes back; newer than the query that its page once wrote. */
function lastEventId(request: FastifyRequest): number | undefined {
  const id = request.headers['last-event-id'];
  return typeof id === 'string' && /^\d{1,15}$/.test(id) ? Number(id) : undefined;
}

function openEventStream(reply: FastifyReply): StreamSink {
  reply.hijack();
  const response = reply.raw;
  response.writeHead(200, {
    ...EVERY_ANSWER,
    'content-type': 'text/event-stream; charset=utf-8',
    // nginx would otherwise keep alerts back until its buffer is full.
    'x-accel-buffering': 'no',
  });
  response.on('error', () => undefined);
  // A stream may have nothing to tell for longer than the server bears with others; who does not read is known by what waits.
  response.setTimeout(0);
  response.flushHeaders();
  return {
    send: (message) => void response.write(message),
    bufferedBytes: () => response.writableLength,
    close: (reason) => {
      if (reason === 'slow') response.destroy();
      else response.end();
      setTimeout(() => response.destroy(), FAREWELL_MS).unref();
    },
    drained: (bytes) =>
      drained(
        bytes,
        () => response.writableLength,
        () => !response.destroyed,
      ),
  };
}
