import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { giveUpSlow } from './give-up-slow.ts';

/** The system tells of what was taken a few times a second, however it is taken. */
const STALL_MAX_MS = 1_000;
/** More than the sockets' buffers of both sides hold. */
const BYTES = 256 * 1024 * 1024;

let server: Server;
let client: Socket;
afterEach(() => {
  client.destroy();
  server.closeAllConnections();
  server.close();
});

/** Asks for so many bytes, of which it reads some each time that it is told to. Resolves with whether the server gave it up. */
async function asked(bytes: number): Promise<{ givenUp: Promise<boolean> }> {
  server = createServer().listen(0, '127.0.0.1');
  const answered = once(server, 'request');
  await once(server, 'listening');
  const onread = { buffer: Buffer.alloc(64 * 1024), callback: () => false };
  client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', onread });
  client.on('error', () => undefined);
  client.write('GET / HTTP/1.1\r\nHost: vigil\r\n\r\n');
  const [, response] = (await answered) as Parameters<NonNullable<Parameters<typeof createServer>[1]>>;
  const watch = giveUpSlow(response, STALL_MAX_MS);
  const givenUp = once(response, 'close').then(() => {
    clearInterval(watch);
    return !response.writableFinished;
  });
  response.end(Buffer.alloc(bytes));
  return { givenUp };
}

it('gives up a client that takes a little all the time', async () => {
  const { givenUp } = await asked(BYTES);
  const taking = setInterval(() => client.resume(), 10);
  expect(await givenUp).toBe(true);
  clearInterval(taking);
  expect(client.bytesRead).toBeLessThan(BYTES);
});
