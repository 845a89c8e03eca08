import { createDatabase } from './databases.ts';
import type { DevService, Origin, ServiceName } from './dev-service.ts';
import { startNats } from './nats.ts';
import { startPostgres } from './postgres.ts';
import { startRedis } from './redis.ts';

/** What one test file has: its own Redis and NATS server, and a database of its own on one PostgreSQL server. */
export type Lease = {
  /** The URL of the service; the same one whenever this lease is asked again. */
  url: (name: ServiceName) => Promise<string>;
  release: () => Promise<void>;
};

export type ServicePool = { lease: () => Lease; stop: () => Promise<void> };

/**
 * Hands servers to test files, each started when first asked for. Redis and NATS start in a few milliseconds, so each file gets its
 * own and may use the default channels, streams and keys. PostgreSQL takes a second, so files share it. A Redis or NATS from
 * the environment is lent to one file at a time, emptied.
 */
export function createServicePool(): ServicePool {
  let postgres: Promise<DevService> | undefined;
  let environmentQueue: Promise<void> = Promise.resolve();
  const originThatWorks = new Map<ServiceName, Origin>();
  const failures = new Map<ServiceName, Error>();
  const leases = new Set<Lease>();

  const startOwn = async (name: 'redis' | 'nats'): Promise<DevService> => {
    const failure = failures.get(name);
    if (failure !== undefined) throw failure;
    const origin = originThatWorks.get(name);
    const options = origin === undefined ? {} : { origins: [origin] };
    try {
      const service = await (name === 'redis' ? startRedis(options) : startNats(options));
      originThatWorks.set(name, service.origin);
      return service;
    } catch (error) {
      // The next file would wait for the same pulls and downloads, in vain.
      if (origin === undefined) failures.set(name, error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
  };

  const lease = (): Lease => {
    const urls = new Map<ServiceName, Promise<string>>();
    const releases: (() => Promise<void>)[] = [];
    let turn: Promise<void> | undefined;

    const takeTurn = async (): Promise<void> => {
      if (turn === undefined) {
        const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
        turn = environmentQueue;
        environmentQueue = environmentQueue.then(async () => finished);
        releases.push(async () => {
          finish();
        });
      }
      await turn;
    };

    const acquire = async (name: ServiceName): Promise<string> => {
      if (name === 'postgres') {
        postgres ??= startPostgres();
        const database = await createDatabase(await postgres);
        releases.push(database.drop);
        return database.url;
      }
      const service = await startOwn(name);
      releases.push(async () => service.stop());
      if (service.origin === 'environment') {
        await takeTurn();
        const { emptyNats, emptyRedis } = await import('./shared-servers.ts');
        await (name === 'redis' ? emptyRedis(service.url) : emptyNats(service.url));
      }
      return service.url;
    };

    const self: Lease = {
      url: async (name) => {
        const url = urls.get(name) ?? acquire(name);
        urls.set(name, url);
        return url;
      },
      release: async () => {
        // What is still starting would otherwise be missed.
        await Promise.allSettled(urls.values());
        await Promise.allSettled(releases.splice(0).map(async (release) => release()));
        leases.delete(self);
      },
    };
    leases.add(self);
    return self;
  };

  return {
    lease,
    stop: async () => {
      await Promise.all([...leases].map(async (open) => open.release()));
      const server = await postgres?.catch(() => undefined);
      await server?.stop();
    },
  };
}
