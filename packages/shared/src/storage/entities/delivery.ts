import { defineEntity, p } from '@mikro-orm/core';

/** An event that was stored and not yet given a `seq`: written in the event's own transaction, removed by the relay. */
export const OutboxEntry = defineEntity({
  name: 'OutboxEntry',
  tableName: 'outbox',
  properties: {
    pos: p.bigint('number').primary().autoincrement(),
    eventId: p.uuid(),
    eventTimestamp: p.datetime(),
    traceparent: p.text().nullable(),
  },
});

/** The total order of alerts: written by the one relay, without gaps, and read by everyone who resumes. */
export const AlertEntry = defineEntity({
  name: 'AlertEntry',
  tableName: 'alerts',
  properties: {
    seq: p.bigint('number').primary(),
    eventId: p.uuid(),
    eventTimestamp: p.datetime(),
    traceparent: p.text().nullable(),
  },
});

/** Single row: the last `seq` given. */
export const RelayState = defineEntity({
  name: 'RelayState',
  tableName: 'relay_state',
  properties: {
    id: p.integer().primary(),
    lastSeq: p.bigint('number'),
  },
});

/** Per sink (`bus`, `jetstream`) the last `seq` that it has taken: an outage of one does not hold up the other. */
export const RelayCursor = defineEntity({
  name: 'RelayCursor',
  tableName: 'relay_cursors',
  properties: {
    sink: p.text().primary(),
    publishedSeq: p.bigint('number'),
  },
});
