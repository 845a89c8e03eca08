import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { ServiceName } from './dev-service.ts';
import { messageOf } from './message-of.ts';
import { createServicePool } from './service-pool.ts';

/** A worker asks for one service per line, `{"id":1,"name":"redis"}`, and reads `{"id":1,"url":…}` or `{"id":1,"error":…}`. */
export type BrokerRequest = { id: number; name: ServiceName };
export type BrokerReply = { id: number; url: string } | { id: number; error: string };

export type Broker = { port: number; stop: () => Promise<void> };

/**
 * Lets the workers of a test run get servers that live in the run's main process. What a worker got is given back when its
 * connection closes, which the kernel sees to even if the worker crashes.
 */
export async function startBroker(): Promise<Broker> {
  const pool = createServicePool();
  const sockets = new Set<Socket>();
  const releasing = new Set<Promise<void>>();

  const server = createServer((socket) => {
    const lease = pool.lease();
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      sockets.delete(socket);
      const released = lease.release();
      releasing.add(released);
      void released.finally(() => releasing.delete(released));
    });
    createInterface({ input: socket }).on('line', (line) => {
      const { id, name } = JSON.parse(line) as BrokerRequest;
      lease.url(name).then(
        (url) => reply(socket, { id, url }),
        (error: unknown) => reply(socket, { id, error: messageOf(error) }),
      );
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  server.unref();
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await Promise.all(releasing);
      await pool.stop();
    },
  };
}

function reply(socket: Socket, message: BrokerReply): void {
  if (!socket.destroyed) socket.write(`${JSON.stringify(message)}\n`);
}
