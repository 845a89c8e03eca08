/**
 * The client address at [start, end) without port, brackets or the proxies that a list of forwarded addresses adds.
 * Only `1.2.3.4:80` and `[::1]:80` can be told from an address, so a bare IPv6 address stays whole.
 */
export function addressOnly(line: string, start: number, end: number): string {
  const comma = line.indexOf(',', start);
  let last = comma !== -1 && comma < end ? comma : end;
  if (line.charCodeAt(start) === 0x5b) {
    const bracket = line.indexOf(']', start);
    if (bracket !== -1 && bracket < last) return line.slice(start + 1, bracket);
  }
  const colon = line.indexOf(':', start);
  if (colon !== -1 && colon < last) {
    const second = line.indexOf(':', colon + 1);
    if ((second === -1 || second >= last) && line.lastIndexOf('.', colon) > start) last = colon;
  }
  return last > start ? line.slice(start, last) : '-';
}
