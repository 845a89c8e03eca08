import { isIP } from 'node:net';

/** An address block: the first `prefix` bits of `bytes` (4 or 16). */
export interface IpNetwork {
  bytes: readonly number[];
  prefix: number;
}

/** Bytes of an IPv4 or IPv6 address in text; undefined for anything else (host names, `-`, zone ids). */
export function parseAddress(text: string): number[] | undefined {
  const family = isIP(text);
  if (family === 4) return text.split('.').map(Number);
  if (family !== 6 || text.includes('%')) return undefined;
  const [head = '', tail] = text.split('::');
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const zeros = Array<number>(16 - before.length - after.length).fill(0);
  return [...before, ...zeros, ...after];
}

function groups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });
}

/** `203.0.113.0/24`, `2001:db8::/32`, or a single address; undefined where it is neither. Host bits are ignored. */
export function parseNetwork(text: string): IpNetwork | undefined {
  const [address = '', length, ...rest] = text.split('/');
  const bytes = parseAddress(address);
  if (bytes === undefined || rest.length > 0) return undefined;
  const bits = bytes.length * 8;
  if (length === undefined) return { bytes, prefix: bits };
  // PostgreSQL, which gets the same text, reads no leading zeros behind an IPv6 address.
  if (!/^(0|[1-9]\d{0,2})$/.test(length) || Number(length) > bits) return undefined;
  return { bytes, prefix: Number(length) };
}

/** Whether an address lies in a block. Families never mix, as in PostgreSQL's `<<=`. */
export function networkContains(network: IpNetwork, address: readonly number[]): boolean {
  if (address.length !== network.bytes.length) return false;
  const whole = network.prefix >> 3;
  for (let i = 0; i < whole; i += 1) if (address[i] !== network.bytes[i]) return false;
  const rest = network.prefix & 7;
  if (rest === 0) return true;
  const mask = (0xff << (8 - rest)) & 0xff;
  return (address[whole]! & mask) === (network.bytes[whole]! & mask);
}
