import type { ScoredBatch, ScoredRequest } from '@vigil/shared/contracts';
import { lineBatchId, lineId } from '@vigil/shared/lines/ids';

const DAY_START_MS = Date.UTC(2026, 2, 2);

/** A HIGH event at a position of a source's file. */
export function detection(source: string, position: number, overrides: Partial<ScoredRequest> = {}): ScoredRequest {
  return {
    id: lineId(source, 'f', position),
    source,
    position,
    timestampMs: DAY_START_MS + position * 1_000,
    sourceIp: '203.0.113.7',
    method: 'GET',
    path: '/index.php',
    query: 'id=1',
    status: 200,
    bytes: 1,
    referer: '',
    userAgent: 'x',
    host: '',
    score: 0.85,
    severity: 'HIGH',
    componentScores: { SQL_INJECTION: 0.85 },
    classes: ['SQL_INJECTION'],
    matchedRules: ['a "quoted" \\ rule'],
    matches: [],
    line: 'line',
    rulesVersion: 'test',
    ...overrides,
  };
}

/** A batch with these events, `low` harmless lines and two that nobody could parse. */
export function batch(source: string, events: ScoredRequest[], low = 10): ScoredBatch {
  return {
    v: 1,
    id: lineBatchId(source, 'f', events[0]?.position ?? 0, (events.at(-1)?.position ?? 0) + 1),
    source,
    linesRead: low + 2 + events.length,
    scored: {
      LOW: low,
      MEDIUM: events.filter((event) => event.severity === 'MEDIUM').length,
      HIGH: events.filter((event) => event.severity === 'HIGH').length,
    },
    rejected: { unparsable: 2 },
    deadLines: [],
    detections: events,
    suppressed: {},
    shadow: {},
    rulesVersion: 'test',
    readAtMs: DAY_START_MS,
    scoredAtMs: DAY_START_MS,
  };
}
