import { createServer } from 'node:net';

/** Given out and perhaps not listened on yet: the system may offer them again. Oldest first. */
const given = new Set<number>();
const GIVEN_MAX = 1_000;

/**
 * A TCP port on 127.0.0.1 that nobody listened on a moment ago and that this process did not give to anyone else lately. The caller must
 * cope with losing a race for it to another process.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = await unusedPort();
    if (given.has(port)) continue;
    given.add(port);
    for (const oldest of given) {
      if (given.size <= GIVEN_MAX) break;
      given.delete(oldest);
    }
    return port;
  }
}

function unusedPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
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
