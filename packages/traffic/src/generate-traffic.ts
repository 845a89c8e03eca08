import { ATTACK_CLASSES, Attackers, type AttackClass } from './attackers.ts';
import { LineWriter } from './log-line.ts';
import { PAYLOAD_CLASSES } from './payloads.ts';
import { Random } from './random.ts';
import { Crowd } from './sessions.ts';

export const SIMULATE_MODES = ['normal', ...ATTACK_CLASSES, 'mixed'] as const;
export type SimulateMode = (typeof SIMULATE_MODES)[number];

export interface TrafficOptions {
  mode: SimulateMode;
  /** The same seed and options give the same lines. */
  seed: number;
  /** Share of lines that are attacks, 0..1. By default 0.02; half for scanner and flood; none for normal. */
  attackShare?: number | undefined;
  /** Time of the first line, epoch ms. */
  startMs: number;
  /** Lines per second of log time. */
  rate?: number | undefined;
  /** Lines; endless by default. */
  count?: number | undefined;
}

export interface SimulatedLine {
  line: string;
  /** Whether the line is an attack; its kind is `class`. */
  attack: boolean;
  class?: AttackClass;
  /** Time in the line, epoch ms. */
  timeMs: number;
}

const RATE_DEFAULT = 200;

/** Realistic traffic in combined format, attacks among it, at a steady rate with jitter. Never ends unless `count` is given. */
export function* generateTraffic(options: TrafficOptions): Generator<SimulatedLine, void, undefined> {
  const { mode, seed, startMs, rate = RATE_DEFAULT, count = Infinity } = options;
  const random = new Random(seed);
  const share = options.attackShare ?? defaultShare(mode);
  const crowd = new Crowd(random, rate);
  const attackers = new Attackers(random, kindsOf(mode));
  const writer = new LineWriter();
  const gapMs = 1000 / rate;
  let timeMs = startMs;
  for (let made = 0; made < count; made += 1) {
    timeMs += gapMs * 2 * random.next();
    if (mode !== 'normal' && random.next() < share) {
      const { request, kind } = attackers.next();
      yield { line: writer.write(request, timeMs), attack: true, class: kind, timeMs };
    } else {
      yield { line: writer.write(crowd.next(), timeMs), attack: false, timeMs };
    }
  }
}

function defaultShare(mode: SimulateMode): number {
  return mode === 'scanner' || mode === 'flood' ? 0.5 : 0.02;
}

/** Mixed leaves floods out of the payload kinds' way: one in nine attackers would make nearly all the lines. */
function kindsOf(mode: SimulateMode): readonly AttackClass[] {
  if (mode === 'normal') return PAYLOAD_CLASSES;
  if (mode !== 'mixed') return [mode];
  return [...PAYLOAD_CLASSES, ...PAYLOAD_CLASSES, ...PAYLOAD_CLASSES, 'scanner'];
}
