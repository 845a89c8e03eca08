/** Groups of an IPv6 address that name a network, of its eight. */
const NETWORK_GROUPS = 4;
const ALL_GROUPS = 8;
/** Groups before the IPv4 address in one of IPv6: mapped (RFC 4291, 2.5.5.2), and as a network of IPv6 alone sees it (RFC 6052, 2.1). */
const IPV4_PREFIXES: readonly string[] = ['0:0:0:0:0:ffff', '64:ff9b:0:0:0:0'];
const DOTTED = /\d{1,3}(?:\.\d{1,3}){3}$/;
const IPV6 = /^[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?:\.\d{1,3}){0,3}$/i;
/** A network as servers write it (RFC 5952, 4), which is nearly all that logs hold: its name stands there already. */
const WRITTEN_NETWORK = /^(?!0:|64:ff9b:)((?:(?:0|[1-9a-f][\da-f]{0,3}):){3}(?:0|[1-9a-f][\da-f]{0,3})):/;

/**
 * Whose behaviour an address tells of: an IPv4 address, also one within IPv6, or the /64 of an IPv6 address, since whoever has one
 * has all of that (RFC 6177) and would be another client with each request. Anything else stays as it is.
 */
export function clientNetwork(address: string): string {
  const zone = address.indexOf('%');
  const text = zone === -1 ? address : address.slice(0, zone);
  if (!IPV6.test(text)) return address;
  const written = WRITTEN_NETWORK.exec(text)?.[1];
  if (written !== undefined) return `${written}::/64`;
  const groups = groupsOf(text.replace(DOTTED, groupsOfIpv4));
  if (IPV4_PREFIXES.includes(groups.slice(0, ALL_GROUPS - 2).join(':'))) return ipv4Of(groups.slice(-2));
  return `${groups.slice(0, NETWORK_GROUPS).join(':')}::/64`;
}

/** Without the zeros that a group begins with, and with those that `::` leaves out. */
function groupsOf(text: string): string[] {
  const [before, after] = text
    .toLowerCase()
    .split('::', 2)
    .map((part) => part.split(':').filter(Boolean));
  const known = before!.length + (after?.length ?? 0);
  const zeros = Array<string>(Math.max(0, ALL_GROUPS - known)).fill('0');
  return [...before!, ...zeros, ...(after ?? [])].map((group) => group.replace(/^0+(?=.)/, ''));
}

function groupsOfIpv4(dotted: string): string {
  const [a, b, c, d] = dotted.split('.').map(Number);
  return `${(a! * 256 + b!).toString(16)}:${(c! * 256 + d!).toString(16)}`;
}

function ipv4Of(groups: readonly string[]): string {
  return groups
    .map((group) => Number.parseInt(group, 16))
    .flatMap((value) => [value >> 8, value & 255])
    .join('.');
}
