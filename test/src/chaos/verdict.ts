import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import type { Consumer } from './consumer.ts';
import type { Observer } from './observer.ts';
import { PUSH_SOURCE } from './pusher.ts';
import type { Truth } from './truth.ts';
import type { WebhookReceiver } from './webhook-receiver.ts';

export interface Verdict {
  /** One line for each promise that was broken; empty when all held. */
  broken: string[];
  figures: Record<string, number>;
}

export interface Evidence {
  truth: Truth;
  linesWritten: number;
  /** Pushed lines that were acknowledged, of which each is an attack. */
  linesPushed: number;
  observer: Observer;
  natsUrl: string;
  consumers: readonly Consumer[];
  receiver: WebhookReceiver;
}

/** Compares what is there with what must be there. */
export async function judge(evidence: Evidence): Promise<Verdict> {
  const { truth, linesWritten, linesPushed, observer, consumers, receiver } = evidence;
  const broken: string[] = [];
  const expect = (holds: boolean, what: string): void => {
    if (!holds) broken.push(what);
  };
  expect(truth.lines === linesWritten, `the truth holds ${truth.lines} lines of ${linesWritten} written`);

  const events = await observer.rows<StoredEvent>('select id, severity, score, source, query from events');
  const pushed = events.filter(({ source }) => source === PUSH_SOURCE);
  const numbers = pushed.map(({ query }) => Number(/push=(\d+)/.exec(query ?? '')?.[1])).toSorted((a, b) => a - b);
  expect(
    numbers.length === linesPushed && isCount(numbers),
    `${numbers.length} events are not those of the ${linesPushed} pushed lines`,
  );
  const expected = new Map<string, Pick<StoredEvent, 'score' | 'severity'>>(truth.events);
  for (const event of pushed) expected.set(event.id, event);
  const stored = compare(
    events.map((event) => event.id),
    expected,
  );
  expect(stored.missing.length === 0, `${stored.missing.length} events are lost, for instance ${stored.missing[0]}`);
  expect(stored.surplus.length === 0, `${stored.surplus.length} events are none, for instance ${stored.surplus[0]}`);
  expect(stored.repeated === 0, `${stored.repeated} events are stored twice`);
  const otherScore = events.filter(({ id, score, severity }) => {
    const right = expected.get(id);
    return right !== undefined && (right.severity !== severity || Math.abs(right.score - score) > 1e-9);
  });
  expect(otherScore.length === 0, `${otherScore.length} events have another score than the scan's`);

  const alerts = await observer.rows<{ seq: string; event_id: string }>(
    'select seq, event_id from alerts order by seq',
  );
  expect(isCount(alerts.map((alert) => Number(alert.seq))), 'seq has gaps or repeats in PostgreSQL');
  const seqOf = new Map(alerts.map((alert) => [alert.event_id, Number(alert.seq)]));
  expect(seqOf.size === expected.size, `${seqOf.size} alerts for ${expected.size} events`);

  const messages = await readStream(evidence.natsUrl);
  const told = judgeStream(messages, expected, seqOf);
  broken.push(...told.broken);

  let outOfOrder = told.outOfOrder;
  const listeners = [
    ...consumers.map((consumer, index) => [`consumer ${index + 1}`, consumer] as const),
    ['the webhook', receiver] as const,
  ];
  for (const [name, { ids, seqs }] of listeners) {
    const heard = compare(ids, expected);
    expect(heard.missing.length === 0, `${name} lacks ${heard.missing.length} alerts`);
    expect(heard.repeated === 0, `${name} heard ${heard.repeated} alerts twice`);
    expect(heard.surplus.length === 0, `${name} heard ${heard.surplus.length} alerts that are none`);
    outOfOrder += seqs.filter((seq, at) => seq !== at + 1).length;
    expect(isCount(seqs), `${name} did not hear seq 1 to n in order`);
  }
  for (const [index, { gaps }] of consumers.entries())
    expect(gaps.length === 0, `consumer ${index + 1} was told of a gap: ${JSON.stringify(gaps[0])}`);

  const tallies = await observer.rows<{ outcome: string; lines: string }>(
    'select outcome, sum(lines) as lines from line_tallies group by outcome',
  );
  const sum = (prefix: string): number =>
    tallies.filter(({ outcome }) => outcome.startsWith(prefix)).reduce((total, { lines }) => total + Number(lines), 0);
  const accounted = sum('scored:') + sum('rejected:') + sum('dead_lettered');
  const given = linesWritten + linesPushed;
  expect(accounted === given, `${accounted} lines are accounted for, ${given} were written or pushed`);
  expect(sum('rejected:') === truth.rejected, `${sum('rejected:')} lines were rejected, ${truth.rejected} must be`);
  expect(sum('dead_lettered') === 0, `${sum('dead_lettered')} lines were dead-lettered`);

  const lost = stored.missing.length + told.missing;
  return {
    broken,
    figures: {
      'lines written': linesWritten,
      'lines pushed': linesPushed,
      'lines scored': sum('scored:'),
      'lines rejected': sum('rejected:'),
      'lines dead-lettered': sum('dead_lettered'),
      events: events.length,
      'JetStream messages': messages.length,
      'alerts heard by all consumers': consumers.reduce((total, consumer) => total + consumer.seqs.length, 0),
      'alerts heard by the webhook': receiver.seqs.length,
      'and sent to it again': receiver.repeated,
      'consumer reconnects': consumers.reduce((total, consumer) => total + consumer.connects - 1, 0),
      lost,
      duplicated: stored.repeated + told.repeated + Math.max(0, accounted - given),
      'out of order': outOfOrder,
    },
  };
}

/**
 * What JetStream holds beside what it must hold: each alert once, with the `seq` that PostgreSQL has for it, from 1 to n. Not even an
 * alert that is published again after a crash may change that: the stream knows it by its id, the sink by its `seq`.
 */
export function judgeStream(
  messages: readonly StreamMessage[],
  events: ReadonlyMap<string, unknown>,
  seqOf: ReadonlyMap<string, number>,
): { broken: string[]; missing: number; repeated: number; outOfOrder: number } {
  const { missing, surplus, repeated } = compare(
    messages.map((message) => message.id),
    events,
  );
  const outOfOrder = messages.filter(({ seq }, at) => seq !== at + 1).length;
  const renumbered = messages.filter(({ id, seq }) => seqOf.has(id) && seqOf.get(id) !== seq).length;
  const broken = [
    missing.length > 0 && `JetStream lacks ${missing.length} alerts`,
    surplus.length > 0 && `JetStream holds ${surplus.length} alerts too many`,
    repeated > 0 && `JetStream holds ${repeated} alerts twice`,
    outOfOrder > 0 && `JetStream does not hold seq 1 to n in order: ${outOfOrder} messages stand elsewhere`,
    renumbered > 0 && `JetStream has another seq than PostgreSQL for ${renumbered} alerts`,
  ].filter((what) => what !== false);
  return { broken, missing: missing.length, repeated, outOfOrder };
}

function compare(ids: readonly string[], expected: ReadonlyMap<string, unknown>) {
  const seen = new Set(ids);
  return {
    missing: [...expected.keys()].filter((id) => !seen.has(id)),
    surplus: [...seen].filter((id) => !expected.has(id)),
    repeated: ids.length - seen.size,
  };
}

interface StoredEvent {
  id: string;
  severity: string;
  score: number;
  source: string;
  query: string | null;
}

/** 1, 2, 3, … */
function isCount(numbers: readonly number[]): boolean {
  return numbers.every((number, at) => number === at + 1);
}

interface StreamMessage {
  id: string;
  seq: number;
}

/** All messages of the stream, in its order. */
async function readStream(url: string): Promise<StreamMessage[]> {
  const connection = await connect({ servers: url });
  try {
    const manager = await jetstreamManager(connection);
    const { state } = await manager.streams.info('VIGIL_ALERTS');
    const messages: StreamMessage[] = [];
    if (state.messages === 0) return messages;
    const consumer = await jetstream(connection).consumers.get('VIGIL_ALERTS');
    for await (const message of await consumer.consume({ max_messages: 1_000 })) {
      messages.push(message.json());
      if (message.info.pending === 0) break;
    }
    return messages;
  } finally {
    await connection.close();
  }
}
