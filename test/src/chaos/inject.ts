import { setTimeout as delay } from 'node:timers/promises';
import type { Stack } from '@vigil/dev-services/stack';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import type { LogWriter } from './log-writer.ts';
import type { Observer } from './observer.ts';
import type { Fault, Victim } from './schedule.ts';

const DEADLINE_MS = 180_000;

export interface Target {
  stack: Stack;
  writer: LogWriter;
  observer: Observer;
}

/** Does a fault to the stack and takes it back; resolves when nothing hinders the pipeline any more. */
export async function inject(fault: Fault, target: Target): Promise<void> {
  const { stack, writer } = target;
  switch (fault.kind) {
    case 'kill': {
      const victim = part(stack, fault.victim);
      await victim.kill('SIGKILL');
      await delay(fault.downMs);
      return victim.restart();
    }
    case 'pause': {
      const victim = part(stack, fault.victim);
      await victim.kill('SIGSTOP');
      await delay(fault.downMs);
      return victim.kill('SIGCONT');
    }
    case 'restart':
      return part(stack, fault.victim).restart();
    case 'rotate':
      return writer.rotate();
    case 'copytruncate':
      return writer.copyTruncate(() => allRead(target));
    case 'kill between commit and publish':
      return killUnpublished(target, fault.downMs);
    case 'full queue':
      return fillQueue(target);
    case 'postgres refuses':
      return refuse(stack, fault.downMs);
  }
}

interface Part {
  kill(signal: NodeJS.Signals): Promise<void>;
  restart(): Promise<void>;
}

function part(stack: Stack, victim: Victim): Part {
  if (victim === 'redis' || victim === 'nats' || victim === 'postgres') {
    const server = stack.servers[victim];
    const kill = server.kill?.bind(server);
    if (kill === undefined) throw new Error(`${victim} is not ours to kill`);
    return { kill, restart: () => server.restart() };
  }
  if (victim === 'ingestor' || victim === 'dispatcher' || victim === 'gateway') return stack[victim];
  return stack.scorers[Number(victim.slice(-1)) - 1]!;
}

/** The whole log has been read and accepted by the queue. */
async function allRead({ stack, writer, observer }: Target): Promise<void> {
  await waitUntil(async () => (await observer.linesAccounted(writer.path)) >= writer.linesWritten, {
    timeoutMs: DEADLINE_MS,
    what: `reading all of the log before it is truncated (${stack.dataDir})`,
    intervalMs: 50,
  });
}

async function killUnpublished({ stack, writer, observer }: Target, downMs: number): Promise<void> {
  const redis = new Redis(stack.servers.redis.url);
  const holder = new Client({ connectionString: stack.databaseUrl });
  await holder.connect();
  try {
    await redis.call('ACL', 'SETUSER', 'default', '-publish');
    await stack.servers.nats.kill!('SIGSTOP');
    // Alerts get their seq and find no sink …
    writer.burst(500);
    await waitUntil(() => observer.unpublished().then((n) => n > 0), {
      timeoutMs: DEADLINE_MS,
      what: 'alerts that no sink took',
    });
    // … and others are stored and cannot even get one.
    await holder.query('begin');
    await holder.query('lock table relay_state in exclusive mode');
    writer.burst(500);
    await waitUntil(() => observer.outbox().then((n) => n > 0), {
      timeoutMs: DEADLINE_MS,
      what: 'rows in the outbox',
    });
    await stack.dispatcher.kill('SIGKILL');
    await delay(downMs);
  } finally {
    await holder.end();
    await stack.servers.nats.kill!('SIGCONT');
    await redis.call('ACL', 'SETUSER', 'default', '+publish');
    redis.disconnect();
  }
  await stack.dispatcher.restart();
}

async function fillQueue({ stack, writer, observer }: Target): Promise<void> {
  await Promise.all(stack.scorers.map((scorer) => scorer.kill('SIGSTOP')));
  try {
    await waitUntil(
      async () => {
        writer.burst(1_000);
        return (await observer.metric(stack.ingestor.opsUrl, 'vigil_backpressure_active')) === 1;
      },
      { timeoutMs: DEADLINE_MS, what: 'a full queue', intervalMs: 50 },
    );
    const answer = await fetch(new URL('/ingest/batch', stack.ingestorUrl), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': stack.apiKey },
      body: JSON.stringify({ lines: ['not taken'] }),
    });
    const retryAfter = Number(answer.headers.get('retry-after'));
    if (answer.status !== 503 || !(retryAfter > 0))
      throw new Error(`a push to a full queue got ${answer.status}, Retry-After ${retryAfter}: ${await answer.text()}`);
  } finally {
    await Promise.all(stack.scorers.map((scorer) => scorer.kill('SIGCONT')));
  }
}

async function refuse(stack: Stack, downMs: number): Promise<void> {
  const url = new URL(stack.databaseUrl);
  const name = url.pathname.slice(1);
  url.pathname = '/postgres';
  const client = new Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query(`alter database ${name} allow_connections false`);
    await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
    await delay(downMs);
  } finally {
    await client.query(`alter database ${name} allow_connections true`);
    await client.end();
  }
}
