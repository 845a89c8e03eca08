import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the ports that Linux (from 32768 on) and macOS (from 49152 on) give to whoever listens or connects without naming one: such a
 * port may go to somebody else until a server listens on it, seconds later, and while that is restarted.
 */
const FIRST = 20_000;
const LAST = 29_999;

/** Then any port will do that there is. */
const TRIES_MAX = 100;

/** Given out and perhaps not listened on yet. Oldest first. */
const given = new Set<number>();
const GIVEN_MAX = 1_000;

/**
 * A TCP port on 127.0.0.1 that nobody listened on a moment ago and that this process did not give to anyone else lately. The caller must
 * cope with losing a race for it to another process.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; ; tries += 1) {
    const port = await listenable(tries < TRIES_MAX ? randomInt(FIRST, LAST + 1) : 0);
    if (port === undefined || given.has(port)) continue;
    given.add(port);
    for (const oldest of given) {
      if (given.size <= GIVEN_MAX) break;
      given.delete(oldest);
    }
    return port;
  }
}

/** The port, or the one that the system gives for 0, where it can be listened on. */
function listenable(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => (port === 0 ? reject(error) : resolve(undefined)));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('no TCP address'));
        else resolve(address.port);
      });
    });
  });
}

/** That many different free ports. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  return ports;
}
