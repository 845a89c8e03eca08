import { Turns } from '../lifecycle/turns.ts';
import { limitAnswers, type Connection } from './answer-limit.ts';

/** One connection of the pool. */
export interface Session {
  query<Row>(sql: string, params?: readonly unknown[]): Promise<Row[]>;
}

export interface SessionOptions {
  /** Instead of the pool's; 0 for statements that may take as long as they like. */
  answerMaxMs?: number;
}

/** What is used of a pool of `pg`, which brings no types. */
interface Pool {
  connect(): Promise<
    Connection & {
      query(sql: string, params: unknown[]): Promise<{ rows: unknown[] }>;
      release(): void;
    }
  >;
}

/**
 * Holds one connection of the pool for as long as `work` runs; statements queue on it.
 * @param poolAnswerMaxMs what is true of the pool's other connections, and of this one afterwards
 */
export async function holdSession<T>(
  pool: Pool,
  work: (session: Session) => Promise<T>,
  poolAnswerMaxMs: number,
  { answerMaxMs = poolAnswerMaxMs }: SessionOptions = {},
): Promise<T> {
  const connection = await pool.connect();
  const isOther = answerMaxMs !== poolAnswerMaxMs;
  try {
    if (isOther) await limitAnswers(connection, answerMaxMs);
    // `pg` will not queue statements any more from its version 9 on.
    const turns = new Turns(1);
    return await work({
      query: async <Row>(sql: string, params: readonly unknown[] = []): Promise<Row[]> => {
        const { rows } = await turns.take(() => connection.query(sql, [...params]));
        return rows as Row[];
      },
    });
  } finally {
    // Where that fails the connection is gone, and the pool will see it.
    if (isOther) await limitAnswers(connection, poolAnswerMaxMs).catch(() => undefined);
    connection.release();
  }
}
