import type { IncomingMessage } from 'node:http';
import proxyAddr from '@fastify/proxy-addr';

/** The address that a request comes from: the peer's, or what trusted proxies say. */
export function clientAddressOf(trustedProxies: readonly string[]): (request: IncomingMessage) => string {
  const trust = proxyAddr.compile([...trustedProxies]);
  return (request) => proxyAddr(request, trust) ?? 'unknown';
}

/** Whether an address is a trusted proxy's. */
export function proxyTest(trustedProxies: readonly string[]): (address: string) => boolean {
  const trust = proxyAddr.compile([...trustedProxies]);
  return (address) => trust(address, 0);
}

/** Whether each entry is an address, a network (CIDR), or one of `loopback`, `linklocal` and `uniquelocal`. */
export function areProxies(entries: readonly string[]): boolean {
  try {
    proxyAddr.compile([...entries]);
    return true;
  } catch {
    return false;
  }
}
