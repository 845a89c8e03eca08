import { Random } from '@vigil/traffic/random';
import { EventHeap } from './event-heap.ts';
import { Machine, Station } from './station.ts';

/** CPU time that each process takes, microseconds of one core. */
export interface Costs {
  ingestorUsPerLine: number;
  redisUsPerLine: number;
  scorerUsPerLine: number;
  dispatcherUsPerEvent: number;
  postgresUsPerEvent: number;
}

export interface PipelineModel {
  costs: Costs;
  batchLines: number;
  /** Events among the lines, 0..1. */
  eventShare: number;
  /** Arriving lines a second; Infinity where all lie there at the beginning. */
  linesPerSecond: number;
  batches: number;
  ingestors: number;
  /** Instances of Redis; a batch stays with one. */
  redises: number;
  scorers: number;
  dispatchers: number;
  /** Cores that PostgreSQL can use at once. */
  postgresCores: number;
  /** Cores that all of it shares. */
  cores: number;
  seed: number;
}

export interface Simulated {
  /** From the beginning until the last batch is stored and told. */
  linesPerSecond: number;
  latencyMs: { p50: number; p99: number };
  /** Share of the time that the processes of a kind work. */
  busy: Record<'ingestor' | 'redis' | 'scorer' | 'dispatcher' | 'postgres' | 'relay', number>;
}

/** Shares of Redis' time for a line: into the queue, windows, into and out of the second queue. */
const REDIS_SHARES = { enqueue: 0.15, windows: 0.7, handOn: 0.15 };
/** Share of a scorer's time before it asks for the windows. */
const INSPECT_SHARE = 0.75;
/** Share of the dispatcher's time for an event that the relay takes, which is one process whatever their number. */
const RELAY_SHARE = 0.4;
/** A transaction costs as much as so many events (see `group-commit.ts`), and takes so many batches at most. */
const TRANSACTION_EVENTS = 50;
const GROUP_BATCHES_MAX = 64;
const GATHER_MS = 50;
/** Batches under way at once when all lie there: what the queue may hold is more, and changes nothing. */
const READ_AHEAD = 512;

/** Sends batches through ingestor, Redis, scorers, group commits and the relay. The same model always gives the same answer. */
export function simulatePipeline(model: PipelineModel): Simulated {
  const { costs, batchLines, batches } = model;
  const random = new Random(model.seed);
  const machine = new Machine(new EventHeap(), model.cores);
  const ingestor = new Station(machine, model.ingestors);
  const redises = Array.from({ length: model.redises }, () => new Station(machine, 1));
  const scorer = new Station(machine, model.scorers);
  const dispatcher = new Station(machine, model.dispatchers);
  const postgres = new Station(machine, model.postgresCores);
  const relay = new Station(machine, 1);
  /** Around the mean, by half of it at most. */
  const about = (us: number): number => us * (0.5 + random.next());
  const events = batchLines * model.eventShare;
  const latenciesMs: number[] = [];

  const commits = Array.from({ length: model.dispatchers }, () => {
    const waiting: (() => void)[] = [];
    let isUnderWay = false;
    const commit = (): void => {
      const group = waiting.splice(0, GROUP_BATCHES_MAX);
      dispatcher.add(about(group.length * events * costs.dispatcherUsPerEvent * (1 - RELAY_SHARE)), () =>
        postgres.add(about((group.length * events + TRANSACTION_EVENTS) * costs.postgresUsPerEvent), () => {
          for (const stored of group) stored();
          isUnderWay = false;
          gather();
        }),
      );
    };
    const gather = (): void => {
      if (isUnderWay || waiting.length === 0) return;
      isUnderWay = true;
      machine.after(GATHER_MS * 1000, commit);
    };
    return (stored: () => void): void => {
      waiting.push(stored);
      gather();
    };
  });

  const send = (batch: number): void => {
    const startUs = machine.nowUs;
    const redis = redises[batch % redises.length]!;
    const redisUs = batchLines * costs.redisUsPerLine;
    const scorerUs = batchLines * costs.scorerUsPerLine;
    const steps: ((next: () => void) => void)[] = [
      (next) => ingestor.add(about(batchLines * costs.ingestorUsPerLine), next),
      (next) => redis.add(about(redisUs * REDIS_SHARES.enqueue), next),
      (next) => scorer.add(about(scorerUs * INSPECT_SHARE), next),
      (next) => redis.add(about(redisUs * REDIS_SHARES.windows), next),
      (next) => scorer.add(about(scorerUs * (1 - INSPECT_SHARE)), next),
      (next) => redis.add(about(redisUs * REDIS_SHARES.handOn), next),
      (next) => commits[batch % commits.length]!(next),
      (next) => relay.add(about(events * costs.dispatcherUsPerEvent * RELAY_SHARE), next),
      () => {
        latenciesMs.push((machine.nowUs - startUs) / 1000);
        if (model.linesPerSecond === Infinity && sent < batches) send(sent++);
      },
    ];
    const walk = (index: number): void => steps[index]?.(() => walk(index + 1));
    walk(0);
  };

  let sent = 0;
  if (model.linesPerSecond === Infinity) while (sent < Math.min(batches, READ_AHEAD)) send(sent++);
  else
    for (; sent < batches; sent += 1) {
      const batch = sent;
      machine.after(((batch * batchLines) / model.linesPerSecond) * 1e6, () => send(batch));
    }
  machine.runToEnd();

  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const quantile = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
  const busyOf = (stations: readonly Station[]): number =>
    stations.reduce((sum, { busyUs }) => sum + busyUs, 0) /
    (machine.nowUs * stations.reduce((sum, { servers }) => sum + servers, 0));
  return {
    linesPerSecond: (batches * batchLines) / (machine.nowUs / 1e6),
    latencyMs: { p50: quantile(0.5), p99: quantile(0.99) },
    busy: {
      ingestor: busyOf([ingestor]),
      redis: busyOf(redises),
      scorer: busyOf([scorer]),
      dispatcher: busyOf([dispatcher]),
      postgres: busyOf([postgres]),
      relay: busyOf([relay]),
    },
  };
}
