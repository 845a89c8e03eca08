import { createEngine, type Engine } from '@vigil/detection';
import { createLineParser } from '@vigil/detection/formats/line-parser';
import type { ParsedRequest } from '@vigil/shared/contracts';
import { expect, it } from 'vitest';
import { createMemoryWindowStore } from '../windows/memory-window-store.ts';
import { LineJudge } from './judge-lines.ts';

const inner = createEngine();
const boom = (request: ParsedRequest): void => {
  if (request.target === '/x59') throw new TypeError('boom');
};
/** Throw on one line, when it is inspected or when its score is concluded. */
const engines: [string, Engine][] = [
  [
    'inspects',
    {
      ...inner,
      inspect: (request) => {
        boom(request);
        return inner.inspect(request);
      },
    },
  ],
  [
    'concludes',
    {
      ...inner,
      conclude: (request, ...more) => {
        boom(request);
        return inner.conclude(request, ...more);
      },
    },
  ],
];

/** Of one client that asks for what is not there, until it is taken for a scanner. */
const lines = Array.from({ length: 61 }, (_value, index) =>
  JSON.stringify({
    time: '2026-03-02T12:00:00Z',
    remote_addr: '198.51.100.7',
    request: `GET /x${index} HTTP/1.1`,
    status: 404,
    body_bytes_sent: 0,
  }),
);

it.each(engines)(
  'of a line that throws where the engine %s says that alone, and counts it as a request of its client',
  async (_where, engine) => {
    const judge = new LineJudge(engine);
    judge.read({ count: lines.length, textAt: (line) => lines[line]! }, createLineParser());
    const histories = await createMemoryWindowStore().apply('b', judge.windows.deltas());
    const { assessments, features, requests, failures, rejections } = judge.conclude(histories);
    expect(failures).toMatchObject([{ line: 59, reason: 'engine_error', message: 'boom' }]);
    expect(rejections.size).toBe(0);
    expect(assessments.get(58)?.severity).toBe('MEDIUM');
    expect([assessments.has(59), features.has(59), requests.has(59)]).toEqual([false, false, false]);
    expect(features.get(60)?.requests1m).toBe(61);
  },
);
