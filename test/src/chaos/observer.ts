import { Client } from 'pg';

/** Looks at the stack from outside: what PostgreSQL holds, what a service's metrics say. Survives every outage. */
export class Observer {
  readonly #databaseUrl: string;
  #client: Client | undefined;

  constructor(databaseUrl: string) {
    this.#databaseUrl = databaseUrl;
  }

  /** Lines whose fate is known, of one source or of all: scored, rejected or dead-lettered. */
  linesAccounted(source?: string): Promise<number> {
    return this.#number(
      `select coalesce(sum(lines), 0) from line_tallies where source = coalesce($1, source)
        and (outcome like 'scored:%' or outcome like 'rejected:%' or outcome = 'dead_lettered')`,
      [source],
    );
  }

  /** Events that have no `seq` yet. */
  outbox(): Promise<number> {
    return this.#number('select count(*) from outbox');
  }

  /** Alerts that some sink has not taken yet. */
  unpublished(): Promise<number> {
    return this.#number(
      'select (select last_seq from relay_state) - coalesce((select min(published_seq) from relay_cursors), 0)',
    );
  }

  lastSeq(): Promise<number> {
    return this.#number('select last_seq from relay_state');
  }

  async rows<Row>(sql: string, params: readonly unknown[] = []): Promise<Row[]> {
    const client = await this.#connected();
    try {
      return (await client.query(sql, [...params])).rows as Row[];
    } catch (error) {
      this.#client = undefined;
      await client.end().catch(() => undefined);
      throw error;
    }
  }

  /** A metric without labels, or the sum over its labels; undefined where the service does not answer. */
  async metric(opsUrl: string, name: string): Promise<number | undefined> {
    try {
      const answer = await fetch(new URL('/metrics', opsUrl), { signal: AbortSignal.timeout(5_000) });
      const lines = (await answer.text())
        .split('\n')
        .filter((line) => line.startsWith(name) && /^[{ ]/.test(line.slice(name.length)));
      return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
    } catch {
      return undefined;
    }
  }

  async close(): Promise<void> {
    await this.#client?.end().catch(() => undefined);
  }

  async #number(sql: string, params: readonly unknown[] = []): Promise<number> {
    const [row] = await this.rows<Record<string, string>>(sql, params);
    return Number(Object.values(row ?? {})[0]);
  }

  async #connected(): Promise<Client> {
    if (this.#client !== undefined) return this.#client;
    const client = new Client({
      connectionString: this.#databaseUrl,
      connectionTimeoutMillis: 5_000,
      query_timeout: 20_000,
    });
    client.on('error', () => {
      if (this.#client === client) this.#client = undefined;
    });
    await client.connect();
    this.#client = client;
    return client;
  }
}
