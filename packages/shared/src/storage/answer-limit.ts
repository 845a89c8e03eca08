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
  stream.on('timeout', () => stream.destroy(new Error(`PostgreSQL gave no answer within ${stream.timeout} ms`)));
}

/**
 * Ends a connection on which PostgreSQL refuses to write: over a failover its address may have led to a server that only reads, and in
 * use it would stay there, while new ones reach the one that writes.
 */
export function endReadOnly({ connection }: Connection): void {
  connection.on('errorMessage', ({ code }: { code?: string }) => {
    if (code === READ_ONLY) connection.stream.destroy();
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
