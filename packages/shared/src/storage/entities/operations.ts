import { defineEntity, p } from '@mikro-orm/core';

/** A line or a job that nobody could handle, whole, with the reason: `vigil dlq` shows and requeues it. */
export const DeadLetter = defineEntity({
  name: 'DeadLetter',
  tableName: 'dead_letters',
  properties: {
    /** Line id, or `<queue>/<job id>`. */
    id: p.text().primary(),
    kind: p.text(),
    source: p.text(),
    fingerprint: p.text().nullable(),
    positions: p.text().nullable(),
    format: p.text().nullable(),
    position: p.bigint('number').nullable(),
    payload: p.text(),
    reason: p.text(),
    stack: p.text(),
    createdAt: p.datetime(),
  },
});

/** A key made by `vigil keys`, by its hash. */
export const ApiKeyRow = defineEntity({
  name: 'ApiKeyRow',
  tableName: 'api_keys',
  properties: {
    name: p.text().primary(),
    sha256: p.text(),
    scopes: p.array(),
    createdAt: p.datetime(),
    revokedAt: p.datetime().nullable(),
  },
});

/** What a person made of an event. */
export const Review = defineEntity({
  name: 'Review',
  tableName: 'reviews',
  properties: {
    eventId: p.uuid().primary(),
    verdict: p.text(),
    note: p.text(),
    reviewer: p.text(),
    reviewedAt: p.datetime(),
  },
});
