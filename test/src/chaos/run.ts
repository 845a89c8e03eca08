import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startStack } from '@vigil/dev-services/stack';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { Consumer } from './consumer.ts';
import { inject, type Target } from './inject.ts';
import { LogLines } from './log-lines.ts';
import { LogWriter } from './log-writer.ts';
import { Observer } from './observer.ts';
import { Pusher } from './pusher.ts';
import { Random } from '../random.ts';
import { firstRounds, furtherRounds, nameOf, type Round } from './schedule.ts';
import { scanTruth } from './truth.ts';
import { judge, type Verdict } from './verdict.ts';
import { WebhookReceiver } from './webhook-receiver.ts';

const SCORERS = 3;
const CONSUMERS = 3;
/** Longest time that the pipeline may take to recover from a round, and to finish at the end. */
const RECOVERY_MAX_MS = 180_000;

export interface ChaosOptions {
  seed: number;
  lines: number;
  /** Faults go on at least this long; 0: each fault once. */
  minutes: number;
  short: boolean;
  /** Holds the log, the servers' data and the services' logs. */
  dataDir: string;
  say: (text: string) => void;
}

export interface ChaosReport extends Verdict {
  /** Times of each kind of fault, and how long the pipeline took to catch up after the end of a round with it, ms. */
  faults: Map<string, { times: number; recoveryMs: number[] }>;
  seconds: number;
}

/** Runs the whole of Vigil under faults and compares what came out with what an offline scan says. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { seed, short, dataDir } = options;
  const random = new Random(seed);
  const startedMs = performance.now();
  const say = (text: string): void => options.say(`${elapsed(startedMs)}  ${text}`);
  const logPath = join(dataDir, 'access.log');
  mkdirSync(dataDir, { recursive: true });
  // A source of its own: a seed still plays what it played before there was a webhook.
  const receiver = new WebhookReceiver(new Random(seed + 1));
  // Small batches and a small queue make many places in which a fault can strike.
  const env = {
    BATCH_LINES_MAX: short ? '100' : '400',
    QUEUE_DEPTH_MAX: short ? '60' : '200',
    ROTATE_GRACE_MS: '3000',
    WS_CONNECTS_PER_SECOND_MAX: '1000',
    WEBHOOK_URL: await receiver.start(),
  };
  const stack = await startStack({ scorers: SCORERS, logPaths: [logPath], dataDir: join(dataDir, 'stack'), env });
  const observer = new Observer(stack.databaseUrl);
  const consumers = Array.from(
    { length: CONSUMERS },
    () => new Consumer(() => stack.gatewayUrl, stack.apiKey, random.fork()),
  );
  const lines = new LogLines(random.fork(), Date.now() - 6 * 3_600_000);
  const plannedSeconds = short ? 90 : Math.max(options.minutes, 2) * 60;
  const linesPerSecond = options.lines / plannedSeconds;
  const writer = new LogWriter({
    path: logPath,
    truthDir: join(dataDir, 'truth'),
    lines,
    random: random.fork(),
    linesMin: options.lines,
    linesPerSecond,
  });
  const pusher = new Pusher(stack.ingestorUrl, stack.apiKey, random.fork());
  try {
    for (const consumer of consumers) consumer.start();
    pusher.start();
    writer.start();
    const endMs = startedMs + options.minutes * 60_000;
    const faults = await playRounds(random.fork(), { short, endMs, say }, { stack, writer, observer });
    await writer.finish();
    await pusher.finish();
    say(
      `all ${writer.linesWritten} lines are written, and ${pusher.lines} pushed in ${pusher.pushes} pushes, sent ` +
        `again ${pusher.resent} times for want of a clear answer; waiting for the end of the pipeline`,
    );
    const truth = await scanTruth(
      writer.files.filter((file) => existsSync(file)),
      logPath,
    );
    say(`the truth: ${truth.events.size} events, ${truth.rejected} rejected lines`);
    await settle(writer, pusher, observer, [...consumers, receiver]);
    const verdict = await judge({
      truth,
      linesWritten: writer.linesWritten,
      linesPushed: pusher.lines,
      observer,
      natsUrl: stack.servers.nats.url,
      consumers,
      receiver,
    });
    return { ...verdict, faults, seconds: (performance.now() - startedMs) / 1_000 };
  } finally {
    await writer.stop();
    pusher.stop();
    await Promise.all(consumers.map((consumer) => consumer.stop()));
    await observer.close();
    await stack.stop();
    receiver.stop();
  }
}

/** Every fault at least once, and then further ones until the performance clock says `endMs`. */
async function playRounds(
  random: Random,
  options: { short: boolean; endMs: number; say: (text: string) => void },
  target: Target,
): Promise<ChaosReport['faults']> {
  const { short, endMs, say } = options;
  const { writer, observer } = target;
  const faults: ChaosReport['faults'] = new Map();
  const play = async (round: Round): Promise<void> => {
    say(round.map(describe).join(' + '));
    await Promise.all(round.map((fault) => inject(fault, target)));
    const ms = await recover(writer, observer);
    say(`caught up after ${Math.round(ms)} ms; ${writer.linesWritten} lines written`);
    for (const name of round.map(nameOf)) {
      const entry = faults.get(name) ?? { times: 0, recoveryMs: [] };
      entry.times += 1;
      entry.recoveryMs.push(ms);
      faults.set(name, entry);
    }
  };
  const schedule = { downMsMax: short ? 1_500 : 12_000, refuseMs: short ? 8_000 : 60_000, short };
  for (const round of firstRounds(random, schedule)) await play(round);
  for (const round of furtherRounds(random, schedule)) {
    if (performance.now() >= endMs) break;
    await play(round);
  }
  return faults;
}

/** Time until everything that was written up to now is stored and told, ms. */
async function recover(writer: LogWriter, observer: Observer): Promise<number> {
  const startMs = performance.now();
  const lines = writer.linesWritten;
  const wait = { timeoutMs: RECOVERY_MAX_MS, intervalMs: 50 };
  await waitUntil(async () => (await observer.linesAccounted(writer.path)) >= lines, {
    ...wait,
    what: `recovery: ${lines} lines accounted for`,
  });
  let told = 0;
  await waitUntil(async () => (told = await observer.lastSeq()) >= 0, { ...wait, what: 'recovery: PostgreSQL' });
  await waitUntil(async () => (await observer.lastSeq()) - (await observer.unpublished()) >= told, {
    ...wait,
    what: 'recovery: alerts told',
  });
  return performance.now() - startMs;
}

/** Waits until nothing is under way any more; what is missing then stays missing, and the verdict says so. */
async function settle(
  writer: LogWriter,
  pusher: Pusher,
  observer: Observer,
  consumers: readonly Pick<Consumer, 'seqs'>[],
): Promise<void> {
  const wait = { timeoutMs: RECOVERY_MAX_MS, intervalMs: 100 };
  const tried = async (what: string, check: () => Promise<boolean>): Promise<void> => {
    await waitUntil(check, { ...wait, what }).catch(() => undefined);
  };
  await tried('lines', async () => (await observer.linesAccounted()) >= writer.linesWritten + pusher.lines);
  await tried('outbox', async () => (await observer.outbox()) === 0 && (await observer.unpublished()) === 0);
  const lastSeq = await observer.lastSeq();
  await tried('consumers', async () => consumers.every((consumer) => (consumer.seqs.at(-1) ?? 0) >= lastSeq));
}

function describe(fault: Round[number]): string {
  const down = 'downMs' in fault ? ` for ${fault.downMs} ms` : '';
  return 'victim' in fault ? `${fault.kind} ${fault.victim}${down}` : `${fault.kind}${down}`;
}

function elapsed(startedMs: number): string {
  return `${((performance.now() - startedMs) / 1_000).toFixed(1).padStart(7)} s`;
}
