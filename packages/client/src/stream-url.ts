import type { AlertSeverity } from './frames.ts';

type OneOrMany = string | readonly string[];

/** The stream's filter grammar: different fields must all hold, of several values of one field any will do. */
export interface StreamFilter {
  min_severity?: AlertSeverity | 'LOW';
  severity?: AlertSeverity;
  class?: OneOrMany;
  rule?: OneOrMany;
  source?: OneOrMany;
  source_ip?: OneOrMany;
  cidr?: OneOrMany;
  /** `*` stands for any text. */
  path?: OneOrMany;
}

/** URL of the stream from a gateway's address (`http://host:8080`, or the stream's own URL). */
export function streamUrl(base: string, filter: StreamFilter, after: number | undefined, batch: boolean): URL {
  const url = new URL(base);
  url.protocol = url.protocol.replace('http', 'ws');
  if (!url.pathname.endsWith('/ws/alerts')) url.pathname = `${url.pathname.replace(/\/$/, '')}/ws/alerts`;
  for (const [name, value] of Object.entries(filter) as [string, OneOrMany | undefined][]) {
    if (value === undefined) continue;
    const values = [value].flat();
    // The gateway refuses the empty one; left out, it would let everything through.
    for (const one of values.length === 0 ? [''] : values) url.searchParams.append(name, one);
  }
  url.searchParams.set('control', '1');
  if (batch) url.searchParams.set('batch', '1');
  if (after !== undefined) url.searchParams.set('after', String(after));
  return url;
}
