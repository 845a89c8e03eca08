import type { IncomingMessage } from 'node:http';
import { ADMIN_KEY } from '@vigil/gateway/testing/start-test-gateway';
import { WebSocket } from 'ws';
import type { Random } from '../../random.ts';
import { BoundaryFault, must, type Boundary } from '../boundary.ts';
import { mutate } from '../mutate.ts';

/** Queries that are accepted; between them they name every parameter. */
export const STREAM_QUERIES = [
  'after=0&control=1&min_severity=MEDIUM&class=SQL_INJECTION,XSS&rule=sqli-union-select&path=/sea*',
  'after=2&batch=1&severity=HIGH&source=access.log&source=b.log&source_ip=198.51.100.7',
  'control=1&cidr=198.51.100.0/24,2001:db8::/32&path=/admin/*&path=/a*b',
  'after=1000000&cidr=::ffff:0:0/96',
  '',
];
const EVENT_IDS = ['0', '2', '1000000', ''];

interface Frame {
  event: string;
  cursor?: number;
  head?: number;
}

/** What `/ws/alerts` and `/alerts/stream` are asked for, up to the end of the replay that it may lead to. */
export function streamQueries(gateway: { url: string; wsUrl: string }): Boundary {
  return {
    name: 'queries of the streams',
    share: 0.02,
    tryOne: (random) => {
      const query = mutate(random, STREAM_QUERIES).toWellFormed().replaceAll('#', '%23');
      if (random.chance(0.5)) return tryWebSocket(gateway.wsUrl, query);
      return tryEventStream(gateway.url, query, lastEventId(random));
    },
  };
}

/** Text that a header can hold. */
function lastEventId(random: Random): string {
  return mutate(random, EVENT_IDS).replaceAll(/[^\x20-\x7e]/g, '');
}

/** Opens a WebSocket with the query, waits for the end of its replay and names what became of it. */
export async function tryWebSocket(wsUrl: string, query: string): Promise<string> {
  const socket = new WebSocket(`${wsUrl}?${query}`, { headers: { 'x-api-key': ADMIN_KEY } });
  const isReplayed = replayWatch();
  const outcome = Promise.withResolvers<string>();
  socket.on('unexpected-response', (_request, response: IncomingMessage) => {
    response.resume();
    outcome.resolve(refusal(query, response.statusCode ?? 0));
  });
  socket.on('error', outcome.reject);
  socket.on('close', (code) => outcome.reject(new BoundaryFault(`?${query} closed with ${code}`)));
  socket.on('open', () => socket.ping());
  // What a stream says first comes before its answer to a ping; one that sends nothing but alerts says nothing.
  socket.on('pong', () => isReplayed() && outcome.resolve('accepted'));
  socket.on('message', (data: Buffer) => {
    if (isReplayed(JSON.parse(data.toString()) as Frame)) outcome.resolve('accepted');
  });
  try {
    return await outcome.promise;
  } finally {
    socket.removeAllListeners('close').terminate();
  }
}

/** The same for server-sent events. */
export async function tryEventStream(url: string, query: string, eventId = ''): Promise<string> {
  const answer = await fetch(`${url}/alerts/stream?${query}`, {
    headers: { 'x-api-key': ADMIN_KEY, 'last-event-id': eventId },
  });
  if (answer.status !== 200) {
    await answer.text();
    return refusal(query, answer.status);
  }
  const isReplayed = replayWatch();
  let text = '';
  for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
    const events = (text + chunk).split('\n\n');
    text = events.pop()!;
    const frames = events.map((event) => JSON.parse(/^data: (.*)$/m.exec(event)![1]!) as Frame);
    if (frames.some((frame) => isReplayed(frame))) return 'accepted';
  }
  throw new BoundaryFault(`?${query} ended before its replay did`);
}

function refusal(query: string, status: number): string {
  must(status >= 400 && status < 500, `?${query} answered ${status}`);
  return String(status);
}

/** Takes frames and says whether the replay that the first of them announces, if any, is over. */
function replayWatch(): (frame?: Frame) => boolean {
  let isReplaying = false;
  return (frame) => {
    must(frame?.event !== 'bye', `said farewell: ${JSON.stringify(frame)}`);
    if (frame?.event === 'hello') isReplaying = frame.cursor !== frame.head;
    if (frame?.event === 'ping') isReplaying = false;
    return !isReplaying;
  };
}
