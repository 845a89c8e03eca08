import { parseAddress } from '../alerts/ip-network.ts';

/** Whoever has one IPv6 address has all of its /64 (RFC 6177): counted one by one they would be no limit. */
const V6_PREFIX_BYTES = 8;

/**
 * What limits count as one client: an IPv4 address, also where it is written as an IPv6 one, or the /64 of an IPv6 address.
 * @param address undefined where the peer has reset its connection: its socket knows none any more, and all such are one client
 */
export function clientNetwork(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  const bytes = parseAddress(address.split('%')[0]!);
  if (bytes === undefined) return address;
  if (bytes.length === 4) return bytes.join('.');
  if (isMappedV4(bytes)) return bytes.slice(12).join('.');
  const groups = Array.from({ length: V6_PREFIX_BYTES / 2 }, (_, at) => (bytes[2 * at]! << 8) | bytes[2 * at + 1]!);
  return `${groups.map((group) => group.toString(16)).join(':')}::/64`;
}

/** `::ffff:192.0.2.1` (RFC 4291, 2.5.5.2): what a socket that listens on both families calls an IPv4 peer. */
function isMappedV4(bytes: readonly number[]): boolean {
  return bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
}
