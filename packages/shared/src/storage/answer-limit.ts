import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { READ_ONLY } from './database-errors.ts';

/** What is used of a connection of `pg`, which brings no types. */
export interface Connection {
  query(sql: string): Promise<unknown>;
  connection: EventEmitter & { stream: Duplex };
}

/**
 * PostgreSQL cancels a statement before we give up its connection: where it is only slow its error says so, it does not go on for
 * nobody, and the connection stays.
 */
const CANCELLED_AT = 0.8;

/** Ends a connection that has been silent for as long as `limitAnswers` says: all that waits on it fails. */
export function endSilent(client: Connection): void {
  const stream = socketOf(client);
  stream.on('timeout', () => {
    const bytes = stream.bytesRead + stream.bytesWritten;
    // After this process was held up its timers go first: what came meanwhile is read before this.
    setImmediate(() => {
      if (stream.bytesRead + stream.bytesWritten > bytes) return;
      stream.destroy(new Error(`PostgreSQL gave no answer within ${stream.timeout} ms`));
    });
  });
}

/** Routine of PostgreSQL that refuses a plan because the statement's columns have become others. */
const REFUSES_PLAN = 'RevalidateCachedQuery';

/**
 * Ends a connection that will go on failing where a new one does not: one on which PostgreSQL refuses to write, whose address may, over
 * a failover, have led to a server that only reads; and one that prepared a statement before a migration gave its columns other types.
 */
export function endUseless({ connection }: Connection): void {
  connection.on('errorMessage', ({ code, routine }: { code?: string; routine?: string }) => {
    if (code === READ_ONLY || routine === REFUSES_PLAN) connection.stream.destroy();
  });
}

/**
 * Limits how long a connection waits for an answer, and PostgreSQL for what comes next in a transaction. A peer that vanished (a node
 * that died, a forgotten NAT entry) gives neither, and says nothing of it: TCP sends a statement again for a quarter of an hour, since
 * its keepalive begins only when nothing is under way, and PostgreSQL keeps the transaction's locks for two hours.
 * @param answerMaxMs 0 lifts the limits
 */
export async function limitAnswers(client: Connection, answerMaxMs: number): Promise<void> {
  socketOf(client).setTimeout(answerMaxMs);
  const cancelledMs = Math.round(answerMaxMs * CANCELLED_AT);
  await client.query(
    `set statement_timeout = ${cancelledMs}; set idle_in_transaction_session_timeout = ${cancelledMs}`,
  );
}

/** The types of `pg` are wider than what it makes. */
function socketOf(client: Connection): Socket {
  return client.connection.stream as Socket;
}
