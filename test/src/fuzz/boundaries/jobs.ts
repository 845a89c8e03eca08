import { deadJobBatch } from '@vigil/scorer/intake/dead-job';
import { readLineBatch } from '@vigil/scorer/intake/read-line-batch';
import { readScoredBatch } from '@vigil/dispatcher/storing/batch-intake';
import type { LineBatch, ScoredBatch } from '@vigil/shared/contracts';
import { packLines } from '@vigil/shared/lines/payload';
import type { Random } from '../../random.ts';
import { must, type Boundary } from '../boundary.ts';
import { mutate, mutateValue } from '../mutate.ts';

const LINE_BATCH: LineBatch = {
  v: 1,
  id: `lb-${'0'.repeat(32)}`,
  source: '/var/log/access.log',
  fingerprint: `f-${'0'.repeat(32)}`,
  positions: 'bytes',
  firstPosition: 0,
  lineCount: 2,
  ...packLines(Buffer.from(`GET /\n${'x'.repeat(2_000)}`)),
  rejected: { too_long: 1 },
  readAtMs: 0,
};

const SCORED_BATCH: ScoredBatch = {
  v: 1,
  id: LINE_BATCH.id,
  source: LINE_BATCH.source,
  linesRead: 3,
  scored: { LOW: 1, MEDIUM: 0, HIGH: 1 },
  rejected: { too_long: 1 },
  deadLines: [],
  detections: [
    {
      id: '6f2b1b7c-3d3e-8a55-9c1d-0e5b5f0c1a11',
      source: LINE_BATCH.source,
      position: 6,
      timestampMs: 1_772_445_600_000,
      sourceIp: '192.0.2.1',
      method: 'GET',
      path: '/item',
      query: 'id=1',
      status: 200,
      bytes: 1,
      referer: '',
      userAgent: '',
      host: '',
      score: 0.9,
      severity: 'HIGH',
      componentScores: { XSS: 0.9 },
      classes: ['XSS'],
      matchedRules: ['xss-script'],
      matches: [
        {
          rule: 'xss-script',
          class: 'XSS',
          score: 0.9,
          field: 'query',
          decoded: ['percent'],
          excerpt: '<script>',
          span: [0, 8],
        },
      ],
      line: 'x',
      rulesVersion: 'v',
    },
  ],
  suppressed: {},
  shadow: {},
  rulesVersion: 'v',
  readAtMs: 0,
  scoredAtMs: 0,
};

/** How much of a job is spoilt. */
const RATES = [0.1, 0.3, 1];

/** Jobs as another release, or somebody with access to Redis, might put them. What cannot be read becomes a batch that can be stored. */
export function lineJobs(): Boundary {
  return {
    name: 'jobs of the queue "lines"',
    share: 0.1,
    tryOne: (random) => {
      const data = random.chance(0.1)
        ? jsonOf(mutate(random, [JSON.stringify(LINE_BATCH)]))
        : mutateValue(random, LINE_BATCH, random.pick(RATES));
      const intake = readLineBatch(data);
      if (intake.ok) {
        must(intake.bytes.length <= 16 * 1024 * 1024, 'a payload beyond its bound');
        return 'accepted';
      }
      const dead = readScoredBatch(JSON.parse(JSON.stringify(deadJobBatch({ id: 'j', data }, intake, 0, 'v'))));
      must(dead.ok, `the dispatcher refuses a dead job: ${dead.ok ? '' : dead.reason}`);
      return intake.reason;
    },
  };
}

/** The same for what scorers pass on. */
export function scoredJobs(): Boundary {
  return {
    name: 'jobs of the queue "scored"',
    share: 0.08,
    tryOne: (random) => {
      const intake = readScoredBatch(scoredJob(random));
      if (intake.ok) return 'accepted';
      must(intake.reason.length < 2_000, 'a reason without a bound');
      return /^(?:contract version|invalid|read)/.exec(intake.reason)?.[0] ?? intake.reason.slice(0, 20);
    },
  };
}

/** A job of the queue `scored` that may be one. */
export function scoredJob(random: Random): unknown {
  return random.chance(0.1)
    ? jsonOf(mutate(random, [JSON.stringify(SCORED_BATCH)]))
    : mutateValue(random, SCORED_BATCH, random.pick(RATES));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
