import { defineEntity, p } from '@mikro-orm/core';
import type { RuleMatch, WindowFeatures } from '../../contracts/scored-request.ts';

/**
 * A stored MEDIUM or HIGH request. Partitioned by day of `timestamp` (event time), which the same line always has, so that
 * `(id, timestamp)` recognises an event that comes again.
 */
export const ThreatEvent = defineEntity({
  name: 'ThreatEvent',
  tableName: 'events',
  properties: {
    id: p.uuid().primary(),
    timestamp: p.datetime().primary(),
    storedAt: p.datetime(),
    source: p.text(),
    position: p.bigint('number'),
    sourceIp: p.text(),
    method: p.text(),
    path: p.text(),
    query: p.text(),
    status: p.integer(),
    bytes: p.bigint('number'),
    referer: p.text(),
    userAgent: p.text(),
    host: p.text(),
    score: p.double(),
    severity: p.text(),
    componentScores: p.json<Record<string, number>>(),
    classes: p.array(),
    matchedRules: p.array(),
    matches: p.json<RuleMatch[]>(),
    window: p.json<WindowFeatures>().nullable(),
    line: p.text(),
    rulesVersion: p.text(),
  },
});
