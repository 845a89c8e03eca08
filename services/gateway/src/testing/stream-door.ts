import { createMemoryAlertBus } from '@vigil/shared/bus/memory-alert-bus';
import type { Database } from '@vigil/shared/storage/database';
import { openTestDatabase } from '@vigil/shared/testing/open-test-database';
import type { GatewaySettings } from '../config.ts';
import { startTestGateway, type TestGateway } from './start-test-gateway.ts';
import { createEventPartition } from './store-events.ts';
import { StreamListener } from './stream-listener.ts';

type ListenerOptions = ConstructorParameters<typeof StreamListener>[1];

/** A gateway for tests of whom it lets in: `setUp` once, `start` in each test, `stop` after it, and `tearDown` in the end. */
export class StreamDoor {
  readonly bus = createMemoryAlertBus();
  #database: Database | undefined;
  #running: TestGateway | undefined;
  #listeners: StreamListener[] = [];

  get database(): Database {
    if (this.#database === undefined) throw new Error('not set up');
    return this.#database;
  }

  get running(): TestGateway {
    if (this.#running === undefined) throw new Error('not started');
    return this.#running;
  }

  get url(): string {
    return this.running.url;
  }

  async setUp(): Promise<void> {
    this.#database = await openTestDatabase();
    await createEventPartition(this.#database);
  }

  async start(settings: Partial<GatewaySettings> = {}): Promise<void> {
    this.#running = await startTestGateway(this.database, this.bus, settings, { accessCheckMs: 100 });
  }

  /** Opens a stream, and waits until it is open or refused. */
  async knock(query: string, options: ListenerOptions): Promise<StreamListener> {
    const listener = new StreamListener(`${this.running.wsUrl}${query}`, options);
    this.#listeners.push(listener);
    await listener.until(() => listener.refused !== undefined || listener.wasOpen, 'an answer');
    return listener;
  }

  /** How a stream is taken: 101, or the status of the refusal. */
  async statusOf(query: string, options: ListenerOptions): Promise<number> {
    return (await this.knock(query, options)).refused?.status ?? 101;
  }

  async stop(): Promise<void> {
    for (const listener of this.#listeners.splice(0)) listener.close();
    await this.#running?.stop();
  }

  tearDown(): Promise<void> {
    return this.database.close();
  }
}
