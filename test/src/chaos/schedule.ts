import type { Random } from '../random.ts';

const SERVICES = ['ingestor', 'scorer-1', 'scorer-2', 'scorer-3', 'dispatcher', 'gateway'] as const;
const SERVERS = ['redis', 'nats', 'postgres'] as const;
export type Victim = (typeof SERVICES)[number] | (typeof SERVERS)[number];

export type Fault =
  /** SIGKILL, and started again after `downMs`. */
  | { kind: 'kill'; victim: Victim; downMs: number }
  /** SIGSTOP, and SIGCONT after `downMs`. */
  | { kind: 'pause'; victim: Victim; downMs: number }
  /** Stopped in order and started again. */
  | { kind: 'restart'; victim: Victim }
  /** The log is renamed and a new one begun. */
  | { kind: 'rotate' }
  /** The log is copied and emptied. */
  | { kind: 'copytruncate' }
  /** Nobody takes alerts (NATS stopped, publishing on Redis forbidden) and no `seq` is given; then the dispatcher is killed. */
  | { kind: 'kill between commit and publish'; downMs: number }
  /** No scorer works until the queue is at its bound. */
  | { kind: 'full queue' }
  /** PostgreSQL refuses every connection to the database. */
  | { kind: 'postgres refuses'; downMs: number };

/** Faults that happen at the same time; the next round begins when the pipeline has recovered from this one. */
export type Round = readonly Fault[];

export interface ScheduleOptions {
  /** Longest time that something is down, except `refuseMs`. */
  downMsMax: number;
  refuseMs: number;
  /** Leaves out what a run with little time can do without: an orderly restart of each part. */
  short: boolean;
}

/** Rounds that bring every fault at least once, in an order and with partners that the seed decides. */
export function firstRounds(random: Random, options: ScheduleOptions): Round[] {
  const down = (): number => random.int(0, options.downMsMax);
  const all: Fault[] = [
    ...[...SERVICES, ...SERVERS].map((victim): Fault => ({ kind: 'kill', victim, downMs: down() })),
    ...[...SERVICES, ...SERVERS].map((victim): Fault => ({ kind: 'pause', victim, downMs: down() })),
    ...(options.short ? [] : SERVICES.map((victim): Fault => ({ kind: 'restart', victim }))),
    ...(options.short ? [] : SERVERS.map((victim): Fault => ({ kind: 'restart', victim }))),
    { kind: 'rotate' },
    { kind: 'rotate' },
    { kind: 'copytruncate' },
    { kind: 'kill between commit and publish', downMs: down() },
    { kind: 'full queue' },
    { kind: 'postgres refuses', downMs: options.refuseMs },
  ];
  const rounds: Fault[][] = [];
  for (const fault of random.shuffle(all)) {
    const partner = rounds.find(
      (round) => round.length < (options.short ? 3 : 2) && round.every((one) => canMeet(one, fault)),
    );
    // A short run has no time for every fault alone; a long one also wants to see some of them alone.
    if (partner !== undefined && (options.short || random.chance(0.5))) partner.push(fault);
    else rounds.push([fault]);
  }
  return random.shuffle(rounds);
}

/** Further rounds, for as long as there is time. */
export function* furtherRounds(random: Random, options: ScheduleOptions): Generator<Round, never> {
  for (;;) yield* firstRounds(random, options);
}

/** Whether two faults can happen at once and still each be what it says. */
function canMeet(one: Fault, other: Fault): boolean {
  return [...touched(one)].every((part) => !touched(other).has(part));
}

const SCORING = ['scorer-1', 'scorer-2', 'scorer-3', 'ingestor', 'redis', 'queue', 'log'];

/** Parts that a fault must have for itself. */
const TOUCHED: Record<Exclude<Fault, { victim: Victim }>['kind'], readonly string[]> = {
  rotate: ['log'],
  // What copytruncate loses between copy and truncation is the log's fault: it happens to a reader that works.
  copytruncate: [...SCORING, 'dispatcher', 'postgres'],
  'kill between commit and publish': [...SCORING, 'dispatcher', 'nats', 'postgres'],
  'full queue': SCORING,
  'postgres refuses': ['postgres'],
};

function touched(fault: Fault): Set<string> {
  return new Set('victim' in fault ? [fault.victim] : TOUCHED[fault.kind]);
}

/** Name of a fault in the report. */
export function nameOf(fault: Fault): string {
  return 'victim' in fault ? `${fault.kind} ${fault.victim.replace(/-\d+$/, '')}` : fault.kind;
}
