import { expect, it } from 'vitest';
import { freePort, freePorts } from './free-port.ts';

it('gives no port to two, although nobody listens on any of them yet', async () => {
  const ports = await freePorts(300);
  // The system offers ports again as soon as they are closed, and one in a hundred of these would be.
  for (let more = 0; more < 300; more += 1) ports.push(await freePort());
  expect(new Set(ports).size).toBe(600);
});
