import { Partitions } from '@vigil/dispatcher/storing/partitions';
import { startTestGateway, type TestGateway } from '@vigil/gateway/testing/start-test-gateway';
import { storeEvents } from '@vigil/gateway/testing/store-events';
import { createMemoryAlertBus } from '@vigil/shared/bus/memory-alert-bus';
import { migrate, openDatabase } from '@vigil/shared/storage/database';
import type { Boundary } from '../boundary.ts';
import { restRequests } from './rest-requests.ts';
import { restSeeds, STORED_EVENTS } from './rest-seeds.ts';
import { socketMessages } from './socket-messages.ts';
import { streamQueries } from './stream-queries.ts';

/** The gateway's REST API and streams, on PostgreSQL with a few events. */
export async function gatewayInputs(postgresUrl: string): Promise<Boundary[]> {
  const { gateway, close } = await startFuzzGateway(postgresUrl);
  const rest = restRequests(gateway.url, await restSeeds(gateway.url));
  const messages = socketMessages(gateway.wsUrl);
  const closeAll = async (): Promise<void> => {
    await messages.close();
    await close();
  };
  return [rest, streamQueries(gateway), { ...messages, close: closeAll }];
}

/** A gateway that limits nobody: what is asked is to reach the parts behind the limits. */
export async function startFuzzGateway(
  postgresUrl: string,
): Promise<{ gateway: TestGateway; close: () => Promise<void> }> {
  const database = await openDatabase(postgresUrl);
  await migrate(database);
  await new Partitions(database).ensure(STORED_EVENTS.map(({ timestamp }) => Date.parse(timestamp)));
  await storeEvents(database, STORED_EVENTS);
  const gateway = await startTestGateway(database, createMemoryAlertBus(), {
    REQUESTS_PER_MINUTE_MAX: 1_000_000_000,
    WS_CONNECTS_PER_SECOND_MAX: 1_000_000,
  });
  const close = async (): Promise<void> => {
    await gateway.stop();
    await database.close();
  };
  return { gateway, close };
}
