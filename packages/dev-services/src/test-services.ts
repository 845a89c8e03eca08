import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { BrokerReply, BrokerRequest } from './broker.ts';
import type { ServiceName } from './dev-service.ts';
import { brokerPortVariable } from './vitest-global-setup.ts';

type Ask = (name: ServiceName) => Promise<string>;

/** One per test file, since Vitest loads modules anew for each. */
let ask: Promise<Ask> | undefined;

/**
 * URLs of real servers for this test file: `redisUrl` and `natsUrl` of servers that no other file uses, `postgresUrl` of an
 * empty database of its own. They start when first asked for, are the same on every call within a file, and go away with it.
 * A test that must kill or restart a server starts one itself with `startRedis`, `startNats` or `startPostgres`.
 * @throws Error that names what was tried and what to install
 */
export async function testServices<const N extends ServiceName>(
  names: readonly N[],
): Promise<Record<`${N}Url`, string>> {
  ask ??= connectToBroker();
  const url = await ask;
  const entries = await Promise.all(names.map(async (name) => [`${name}Url`, await url(name)] as const));
  return Object.fromEntries(entries) as Record<`${N}Url`, string>;
}

async function connectToBroker(): Promise<Ask> {
  const port = process.env[brokerPortVariable];
  if (port === undefined) {
    // Not under our Vitest configuration: servers of this process, which its watchdog ends with it.
    const { createServicePool } = await import('./service-pool.ts');
    return createServicePool().lease().url;
  }
  const socket = connect({ host: '127.0.0.1', port: Number(port) });
  const waiting = new Map<number, { resolve: (url: string) => void; reject: (error: Error) => void }>();
  socket.on('error', () => undefined);
  socket.once('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('the test run that lends servers is gone'));
    waiting.clear();
  });
  createInterface({ input: socket }).on('line', (line) => {
    const message = JSON.parse(line) as BrokerReply;
    const waiter = waiting.get(message.id);
    waiting.delete(message.id);
    if (waiting.size === 0) socket.unref();
    if ('url' in message) waiter?.resolve(message.url);
    else waiter?.reject(new Error(message.error));
  });
  let lastId = 0;
  return async (name) => {
    lastId += 1;
    return request(socket, waiting, { id: lastId, name });
  };
}

async function request(
  socket: Socket,
  waiting: Map<number, { resolve: (url: string) => void; reject: (error: Error) => void }>,
  message: BrokerRequest,
): Promise<string> {
  if (socket.destroyed) throw new Error('the test run that lends servers is gone');
  return new Promise((resolve, reject) => {
    waiting.set(message.id, { resolve, reject });
    // Kept alive only while an answer is due: the connection must not hold up the worker's end.
    socket.ref();
    socket.write(`${JSON.stringify(message)}\n`);
  });
}
