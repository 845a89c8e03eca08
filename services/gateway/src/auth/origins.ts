import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a page of this origin may open a stream. Programs send no Origin and are judged by their key alone; browsers always
 * send one, and a foreign page must not use what a browser has stored.
 * @param allowed origins such as `https://console.example.org`, or `*`
 */
export function originAllowed(headers: IncomingHttpHeaders, allowed: readonly string[]): boolean {
  const { origin, host } = headers;
  if (origin === undefined) return true;
  if (allowed.includes('*') || allowed.includes(origin)) return true;
  // The gateway's own pages; behind a proxy that changes Host, the origin must be listed.
  return URL.canParse(origin) && new URL(origin).host === host;
}
