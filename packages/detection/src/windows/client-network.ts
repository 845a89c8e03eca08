/** Groups of an IPv6 address that name a network, of its eight. */
const NETWORK_GROUPS = 4;
const ALL_GROUPS = 8;
const MAPPED = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i;
const IPV6 = /^[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?:\.\d{1,3}){0,3}$/i;

/**
 * Whose behaviour an address tells of: an IPv4 address, also one written as IPv6, or the /64 of an IPv6 address, since whoever has one
 * has all of that (RFC 6177) and would be another client with each request. Anything else stays as it is.
 */
export function clientNetwork(address: string): string {
  const zone = address.indexOf('%');
  const text = zone === -1 ? address : address.slice(0, zone);
  if (!IPV6.test(text)) return address;
  const mapped = MAPPED.exec(text);
  if (mapped !== null) return mapped[1]!;
  const gap = text.indexOf('::');
  const before = gap === -1 ? text.split(':') : text.slice(0, gap).split(':').filter(Boolean);
  const after =
    gap === -1
      ? []
      : text
          .slice(gap + 2)
          .split(':')
          .filter(Boolean);
  const zeros = Math.max(0, ALL_GROUPS - before.length - after.length);
  const groups = [...before, ...Array<string>(gap === -1 ? 0 : zeros).fill('0'), ...after].slice(0, NETWORK_GROUPS);
  return `${groups.map((group) => group.toLowerCase().replace(/^0+(?=.)/, '')).join(':')}::/64`;
}
