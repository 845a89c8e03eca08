import { defineEntity, p } from '@mikro-orm/core';

/** Batches that were stored: what makes a batch that comes again count once. Old rows are pruned. */
export const StoredBatch = defineEntity({
  name: 'StoredBatch',
  tableName: 'batches',
  properties: {
    id: p.text().primary(),
    storedAt: p.datetime(),
  },
});

const lineTallyProperties = {
  bucket: p.datetime().primary(),
  source: p.text().primary(),
  outcome: p.text().primary(),
  lines: p.bigint('number'),
};

/** Lines by minute of scoring (wall time), source and outcome: `scored:LOW`, `rejected:too_long`, `dead_lettered`. */
export const LineTally = defineEntity({
  name: 'LineTally',
  tableName: 'line_tallies',
  properties: lineTallyProperties,
});

/** The same by the hour. */
export const LineHourTally = defineEntity({
  name: 'LineHourTally',
  tableName: 'line_hour_tallies',
  properties: lineTallyProperties,
});

const threatTallyProperties = {
  bucket: p.datetime().primary(),
  severity: p.text().primary(),
  class: p.text().primary(),
  events: p.bigint('number'),
};

/** Stored events by minute of event time, severity and class (each event counts under its strongest class). */
export const ThreatTally = defineEntity({
  name: 'ThreatTally',
  tableName: 'threat_tallies',
  properties: threatTallyProperties,
});

/** The same by the hour. */
export const ThreatHourTally = defineEntity({
  name: 'ThreatHourTally',
  tableName: 'threat_hour_tallies',
  properties: threatTallyProperties,
});

/** Stored events by hour of event time and source address. */
export const SourceTally = defineEntity({
  name: 'SourceTally',
  tableName: 'source_tallies',
  properties: {
    bucket: p.datetime().primary(),
    sourceIp: p.text().primary(),
    events: p.bigint('number'),
  },
});

/** Stored events by hour of event time and path (at most 512 characters of it). */
export const PathTally = defineEntity({
  name: 'PathTally',
  tableName: 'path_tallies',
  properties: {
    bucket: p.datetime().primary(),
    path: p.text().primary(),
    events: p.bigint('number'),
  },
});
