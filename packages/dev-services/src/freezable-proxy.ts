import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Passes a TCP port on until it is frozen: from then on both sides' connections stay open and nothing arrives. */
export interface FreezableProxy {
  url: string;
  freeze(): void;
  /** Passes on what connects from now on. The connections that were frozen stay so: their peers never hear of each other again. */
  thaw(): void;
  /** Has what connects from now on reach another server, as a failover does; what is connected stays where it is. */
  divert(url: string): void;
  close(): Promise<void>;
}

/** Stands before the server that a URL names, under a URL of its own that is like it. */
export async function startFreezableProxy(upstreamUrl: string): Promise<FreezableProxy> {
  let upstream = new URL(upstreamUrl);
  const sockets = new Set<Socket>();
  const lost = new Set<Socket>();
  let frozen = false;
  const isFrozen = (socket: Socket): boolean => frozen || lost.has(socket);
  const pass = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from.on('data', (data) => void (isFrozen(from) || to.write(data)));
    from.on('error', () => undefined);
    from.on('close', () => void (isFrozen(from) || to.destroy()));
  };
  const server = createServer((client) => {
    const target = connect(Number(upstream.port), upstream.hostname);
    pass(client, target);
    pass(target, client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = new URL(upstreamUrl);
  address.hostname = '127.0.0.1';
  address.port = String((server.address() as AddressInfo).port);
  return {
    url: address.href,
    freeze: () => {
      frozen = true;
    },
    thaw: () => {
      for (const socket of sockets) lost.add(socket);
      frozen = false;
    },
    divert: (url) => {
      upstream = new URL(url);
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
