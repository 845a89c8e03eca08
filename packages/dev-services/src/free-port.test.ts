import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { freePort, freePorts } from './free-port.ts';

it('gives no port to two, although nobody listens on any of them yet', async () => {
  const ports = await freePorts(300);
  // Chosen at random, some of these would come twice.
  for (let more = 0; more < 300; more += 1) ports.push(await freePort());
  expect(new Set(ports).size).toBe(600);
});

const RANGE = '/proc/sys/net/ipv4/ip_local_port_range';
const ephemeral = process.platform === 'linux' ? readFileSync(RANGE, 'utf8').trim().split(/\s+/).map(Number) : [];
const [first = 0, last = 0] = ephemeral;

// Where the range was made wider there may be none beside it.
it.runIf(first >= 32_768)('gives no port that the system gives to whoever asks for any', async () => {
  const ports = await freePorts(50);
  expect(ports.filter((port) => port >= first && port <= last)).toEqual([]);
});
