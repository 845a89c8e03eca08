/** One connection of the pool. */
export interface Session {
  query<Row>(sql: string, params?: readonly unknown[]): Promise<Row[]>;
}

export interface SessionOptions {
  /**
   * The connection ends, and all statements on it fail, when one has waited this long for its answer; never by default. A peer that
   * vanished gives no answer, and TCP goes on asking it for a quarter of an hour.
   */
  silenceMaxMs?: number;
}

/** What is used of a pool of `pg`, which brings no types. */
interface Pool {
  connect(): Promise<{
    query(sql: string, params: unknown[]): Promise<{ rows: unknown[] }>;
    /** At once where a statement waits for its answer. */
    end(): Promise<void>;
    release(): void;
  }>;
}

/** Holds one connection of the pool for as long as `work` runs; statements queue on it. */
export async function holdSession<T>(
  pool: Pool,
  work: (session: Session) => Promise<T>,
  { silenceMaxMs }: SessionOptions = {},
): Promise<T> {
  const connection = await pool.connect();
  const end = (): void => void connection.end();
  try {
    return await work({
      query: async <Row>(sql: string, params: readonly unknown[] = []): Promise<Row[]> => {
        const silence = silenceMaxMs === undefined ? undefined : setTimeout(end, silenceMaxMs);
        try {
          return (await connection.query(sql, [...params])).rows as Row[];
        } finally {
          clearTimeout(silence);
        }
      },
    });
  } finally {
    connection.release();
  }
}
