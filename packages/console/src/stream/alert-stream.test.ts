import type { Alert } from '@vigil/shared/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GatewayError } from '../api/gateway.ts';
import { AlertStream, type StreamStatus } from './alert-stream.ts';

/** A socket whose other end the test is. */
class Wire extends EventTarget {
  static readonly all: Wire[] = [];
  readonly asked: URLSearchParams;
  readonly protocols: string[];
  closedWith: number | undefined | 'open' = 'open';

  constructor(url: string, protocols: string[]) {
    super();
    this.asked = new URL(url).searchParams;
    this.protocols = protocols;
    Wire.all.push(this);
  }

  say(...frames: object[]): void {
    for (const frame of frames)
      this.dispatchEvent(Object.assign(new Event('message'), { data: JSON.stringify(frame) }));
  }

  end(code = 1006): void {
    this.dispatchEvent(Object.assign(new Event('close'), { code }));
  }

  close(code?: number): void {
    this.closedWith = code;
  }
}

const PING_MS = 10_000;
const hello = (cursor: number): object => ({ event: 'hello', cursor, ping_interval_ms: PING_MS });
const alert = (seq: number): object => ({ event: 'threat', seq });
const batch = (cursor: number, ...seqs: number[]): object => ({ event: 'batch', cursor, alerts: seqs.map(alert) });

let page: EventTarget;
/** What listens to the page: it would keep a stream in memory that is closed. */
let heard: Set<() => void>;
let told: unknown[];
let statuses: StreamStatus[];
let streams: AlertStream[];
let tickets: { give: (ticket: string) => void; refuse: (error: Error) => void; signal: AbortSignal }[];

beforeEach(() => {
  vi.useFakeTimers();
  page = new EventTarget();
  vi.stubGlobal('window', globalThis);
  heard = new Set();
  vi.stubGlobal('addEventListener', (type: string, listener: () => void) => {
    heard.add(listener);
    page.addEventListener(type, listener);
  });
  vi.stubGlobal('removeEventListener', (type: string, listener: () => void) => {
    heard.delete(listener);
    page.removeEventListener(type, listener);
  });
  vi.stubGlobal('WebSocket', Wire);
  [Wire.all.length, told, statuses, streams, tickets] = [0, [], [], [], []];
});
afterEach(() => {
  for (const stream of streams) stream.close();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function listen(filter = ''): AlertStream {
  const gateway = {
    streamTicket: (signal: AbortSignal) =>
      new Promise<string>((give, refuse) => void tickets.push({ give, refuse, signal })),
    streamUrl: (params: URLSearchParams) => `ws://vigil/ws/alerts?${params.toString()}`,
  };
  const stream = new AlertStream(gateway, new URLSearchParams(filter), {
    alerts: (alerts: readonly Alert[]) => told.push(alerts.map(({ seq }) => seq)),
    gap: (from, to) => told.push(`gap ${from}-${to}`),
    rewound: () => told.push('rewound'),
    status: (status) => statuses.push(status),
  });
  streams.push(stream);
  return stream;
}

/** Lets the newest attempt in. */
async function letIn(): Promise<Wire> {
  tickets.at(-1)?.give(`ticket-${tickets.length}`);
  await vi.advanceTimersByTimeAsync(0);
  return Wire.all.at(-1)!;
}

/** Ms until the next attempt, as it was told. */
function waitMs(): number {
  const status = statuses.at(-1);
  return status?.state === 'retrying' ? Math.floor(status.atMs - Date.now()) : Number.NaN;
}

async function nextAttempt(): Promise<Wire> {
  const before = tickets.length;
  await vi.advanceTimersByTimeAsync(15_000);
  expect(tickets).toHaveLength(before + 1);
  return letIn();
}

describe('the stream of the console', () => {
  it('begins where the gateway says, by a ticket, with the filter', async () => {
    listen('class=XSS');
    const wire = await letIn();
    expect(Object.fromEntries(wire.asked)).toEqual({ class: 'XSS', batch: '1', control: '1' });
    expect(wire.protocols).toEqual(['vigil.v1', 'vigil.ticket.ticket-1']);
    expect(statuses).toEqual([{ state: 'connecting', isAgain: false }]);
    wire.say(hello(10));
    expect(statuses.at(-1)).toEqual({ state: 'live' });
  });

  it.each([
    ['an alert', alert(12)],
    ['alerts', batch(12, 11, 12)],
    ['alerts that the filter left out', batch(12)],
    ['a ping', { event: 'ping', cursor: 12 }],
    ['an answer', { event: 'subscribed', cursor: 12 }],
    ['a gap', { event: 'gap', from: 11, to: 12, reason: 'too_old' }],
    ['a farewell', { event: 'bye', cursor: 12, reason: 'draining', retry_after_ms: 0 }],
  ])('goes on behind what it heard last: %s', async (_what, frame) => {
    listen('class=XSS');
    const wire = await letIn();
    wire.say(hello(10), frame);
    wire.end();
    const next = await nextAttempt();
    expect(Object.fromEntries(next.asked)).toEqual({ class: 'XSS', batch: '1', control: '1', after: '12' });
    expect(next.protocols[1]).toBe('vigil.ticket.ticket-2');
    // Until then it has heard nothing of what lies between.
    next.say(hello(50));
    next.end();
    expect((await nextAttempt()).asked.get('after')).toBe('12');
  });

  it('tells nothing twice and nothing out of order', async () => {
    listen();
    const wire = await letIn();
    wire.say(hello(10), batch(12, 11, 12), alert(12), batch(14, 11, 13, 14), { event: 'ping', cursor: 9 }, alert(14));
    expect(told).toEqual([
      [11, 12],
      [13, 14],
    ]);
  });

  it('tells of a gap, and where the gateway has less than was heard goes on there', async () => {
    listen();
    const wire = await letIn();
    wire.say(hello(10), { event: 'gap', from: 11, to: 15, reason: 'too_old' }, alert(15), alert(16));
    wire.say({ event: 'gap', from: 4, to: 16, reason: 'ahead_of_stream' }, alert(4));
    expect(told).toEqual(['gap 11-15', [16], 'rewound', [4]]);
    wire.end();
    expect((await nextAttempt()).asked.get('after')).toBe('4');
  });

  it('waits longer each time, up to a bound, and as at first once it was let in', async () => {
    listen();
    for (const most of [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]) {
      tickets.at(-1)?.refuse(new GatewayError(503, 'Away.'));
      await vi.advanceTimersByTimeAsync(0);
      expect(statuses.at(-1)).toMatchObject({ state: 'retrying', reason: 'Away.' });
      expect(waitMs()).toBeGreaterThanOrEqual(most / 2);
      expect(waitMs()).toBeLessThanOrEqual(most);
      const before = tickets.length;
      await vi.advanceTimersByTimeAsync(waitMs() - 1);
      expect(tickets).toHaveLength(before);
      await vi.advanceTimersByTimeAsync(2);
      expect(tickets).toHaveLength(before + 1);
    }
    const wire = await letIn();
    wire.say(hello(1));
    wire.end();
    expect(waitMs()).toBeLessThanOrEqual(500);
  });

  it('waits as long as a gateway asks that goes away, once', async () => {
    listen();
    const wire = await letIn();
    wire.say(hello(1), { event: 'bye', cursor: 1, reason: 'draining', retry_after_ms: 4_000 });
    wire.end(1012);
    expect(statuses.at(-1)).toMatchObject({ state: 'retrying', reason: 'the gateway restarts' });
    expect(waitMs()).toBe(4_000);
    (await nextAttempt()).end();
    expect(statuses.at(-1)).toMatchObject({ reason: 'the connection was lost' });
    expect(waitMs()).toBeLessThanOrEqual(1_000);
    expect(statuses.findLast(({ state }) => state === 'connecting')).toMatchObject({ isAgain: true });
  });

  it('gives up a connection that has been silent for two pings, and hears nothing from it any more', async () => {
    listen();
    const wire = await letIn();
    wire.say(hello(1));
    await vi.advanceTimersByTimeAsync(2.4 * PING_MS);
    wire.say({ event: 'ping', cursor: 1 });
    await vi.advanceTimersByTimeAsync(2.4 * PING_MS);
    expect(statuses.at(-1)).toEqual({ state: 'live' });
    await vi.advanceTimersByTimeAsync(0.2 * PING_MS);
    expect(statuses.find(({ state }) => state === 'retrying')).toMatchObject({ reason: 'the gateway fell silent' });
    expect(wire.closedWith).toBeUndefined();
    const before = statuses.length;
    wire.say(alert(2));
    wire.end();
    expect(told).toEqual([]);
    expect(statuses).toHaveLength(before);
  });

  it.each(['a ticket', 'an error'])(
    'gives up an attempt that nobody answers, whose answer is %s then',
    async (late) => {
      listen();
      await vi.advanceTimersByTimeAsync(44_000);
      expect(tickets).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(2_000);
      expect(tickets).toHaveLength(2);
      expect(tickets[0]?.signal.aborted).toBe(true);
      const before = statuses.length;
      if (late === 'a ticket') tickets[0]?.give('late');
      else tickets[0]?.refuse(new DOMException('given up', 'AbortError'));
      await vi.advanceTimersByTimeAsync(0);
      expect([Wire.all.length, statuses.length]).toEqual([0, before]);
    },
  );

  it('gives up a gateway that says nothing after its first word', async () => {
    listen();
    const wire = await letIn();
    wire.say(hello(1));
    await vi.advanceTimersByTimeAsync(2.6 * PING_MS);
    expect(wire.closedWith).toBeUndefined();
  });

  it.each([401, 403])('does not knock again where the gateway answers %i', async (status) => {
    listen();
    tickets[0]?.refuse(new GatewayError(status, 'No.'));
    await vi.advanceTimersByTimeAsync(120_000);
    expect(statuses).toEqual([
      { state: 'connecting', isAgain: false },
      { state: 'refused', reason: 'No.' },
    ]);
    expect(tickets).toHaveLength(1);
  });

  it('does not knock again where its key ended', async () => {
    listen();
    const wire = await letIn();
    wire.say(hello(1), { event: 'bye', cursor: 1, reason: 'unauthorized', retry_after_ms: 0 });
    wire.end();
    await vi.advanceTimersByTimeAsync(120_000);
    page.dispatchEvent(new Event('online'));
    expect(statuses.at(-1)).toEqual({ state: 'refused', reason: 'The key is no longer valid for the stream.' });
    expect(tickets).toHaveLength(1);
  });

  it('waits no longer where somebody asks or the network is back, and never knocks twice at a time', async () => {
    const stream = listen();
    stream.retryNow();
    expect(tickets).toHaveLength(1);
    (await letIn()).end();
    stream.retryNow();
    stream.retryNow();
    expect(tickets).toHaveLength(2);
    (await letIn()).end();
    page.dispatchEvent(new Event('online'));
    expect(tickets).toHaveLength(3);
    (await letIn()).say(hello(1));
    await vi.advanceTimersByTimeAsync(2 * PING_MS);
    expect(tickets).toHaveLength(3);
  });

  it('says and does nothing any more once it is closed', async () => {
    const stream = listen();
    const wire = await letIn();
    wire.say(hello(1));
    stream.close();
    expect(wire.closedWith).toBe(1000);
    const before = statuses.length;
    wire.say(alert(2));
    wire.end();
    stream.retryNow();
    page.dispatchEvent(new Event('online'));
    await vi.advanceTimersByTimeAsync(120_000);
    expect([told, statuses.length, tickets.length]).toEqual([[], before, 1]);
  });

  it.each(['knocks', 'waits'])('takes nothing up again that is closed while it %s', async (state) => {
    const stream = listen();
    if (state === 'waits') tickets[0]?.refuse(new GatewayError(0, 'Away.'));
    await vi.advanceTimersByTimeAsync(0);
    stream.close();
    expect([vi.getTimerCount(), heard.size]).toEqual([0, 0]);
    tickets[0]?.give('late');
    await vi.advanceTimersByTimeAsync(120_000);
    expect([tickets.length, Wire.all.length]).toEqual([1, 0]);
  });
});
