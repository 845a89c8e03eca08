import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { Certificates } from './certificates.ts';

export interface TlsFront {
  port: number;
  /** Connections that got as far as encryption. */
  encrypted: () => number;
  close(): Promise<void>;
}

/** Length of PostgreSQL's SSLRequest. */
const SSL_REQUEST_BYTES = 8;

/**
 * Stands before a server and speaks TLS for it, in the way of its protocol: Redis from the first byte, PostgreSQL after an
 * SSLRequest, NATS after an INFO that demands it. What is not encrypted it does not let through.
 */
export async function startTlsFront(
  protocol: 'redis' | 'postgres' | 'nats',
  upstreamPort: number,
  certificates: Pick<Certificates, 'cert' | 'key'>,
): Promise<TlsFront> {
  const secureContext = createSecureContext(certificates);
  const sockets = new Set<Socket>();
  let encrypted = 0;
  const server = createServer((client) => {
    sockets.add(client);
    client.on('close', () => sockets.delete(client)).on('error', () => client.destroy());
    const secure = (upstream: Socket): void => {
      const inside = new TLSSocket(client, { isServer: true, secureContext });
      inside.on('secure', () => (encrypted += 1)).on('error', () => client.destroy());
      inside.on('close', () => upstream.destroy());
      upstream.on('close', () => inside.destroy());
      inside.pipe(upstream).pipe(inside);
    };
    const upstream = connect(upstreamPort, '127.0.0.1');
    sockets.add(upstream);
    upstream.on('error', () => client.destroy());
    if (protocol === 'redis') secure(upstream);
    else if (protocol === 'postgres') {
      client.once('data', (request: Buffer) => {
        if (request.length !== SSL_REQUEST_BYTES) return client.destroy();
        client.write('S');
        return secure(upstream);
      });
    } else {
      upstream.once('data', (info: Buffer) => {
        const text = info.toString();
        const told = JSON.parse(text.slice('INFO '.length, text.indexOf('\r\n'))) as object;
        client.write(`INFO ${JSON.stringify({ ...told, tls_required: true })}\r\n`);
        secure(upstream);
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    encrypted: () => encrypted,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
