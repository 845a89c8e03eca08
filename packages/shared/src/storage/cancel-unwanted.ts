import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { onOneConnection } from './on-one-connection.ts';

type Query = <Row>(sql: string, params?: readonly unknown[], em?: EntityManager) => Promise<Row[]>;
type Cancellable = <T>(signal: AbortSignal, work: (on: { query: Query }) => Promise<T>) => Promise<T>;

/**
 * `cancellable` of a database (`database.ts`). Kysely can do so by itself, but writes to the console whatever it cancelled.
 * @param openCanceller opens the same database through a pool of its own: all connections of the first may be busy with what nobody
 *   wants any more. Called once that is so.
 */
export function cancelUnwanted(
  orm: MikroORM,
  query: Query,
  openCanceller: () => Promise<{ query: Query; close: () => Promise<void> }>,
): { cancellable: Cancellable; close: () => Promise<void> } {
  let canceller: ReturnType<typeof openCanceller> | undefined;
  const cancelBackend = async (pid: number): Promise<void> => {
    canceller ??= openCanceller().catch((error: unknown) => {
      canceller = undefined;
      throw error;
    });
    await (await canceller).query('select pg_cancel_backend($1)', [pid]);
  };
  const run = async <T>(signal: AbortSignal, work: (on: { query: Query }) => Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    return onOneConnection(orm, async (em) => {
      let cancelling: Promise<unknown> | undefined;
      const [backend] = await query<{ pid: number }>('select pg_backend_pid() as pid', [], em);
      const cancel = (): void => {
        cancelling = cancelBackend(backend!.pid).catch(() => undefined);
      };
      signal.addEventListener('abort', cancel, { once: true });
      try {
        signal.throwIfAborted();
        return await work({
          query: async (sql, params) => {
            // Between two statements there is nothing that PostgreSQL could give up.
            signal.throwIfAborted();
            return query(sql, params, em);
          },
        });
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      } finally {
        signal.removeEventListener('abort', cancel);
        // Whoever gets the connection next must not be cancelled.
        await cancelling;
      }
    });
  };
  const running = new Set<Promise<unknown>>();
  return {
    cancellable: async (signal, work) => {
      const one = run(signal, work);
      running.add(one);
      try {
        return await one;
      } finally {
        running.delete(one);
      }
    },
    // A connection that Kysely gets while it is closed is lost, and the pool waits for it for good.
    close: async () => {
      await Promise.allSettled(running);
      await (await canceller)?.close();
    },
  };
}
