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

/** Whether a browser may send exactly this for an origin, so that listing it lets somebody in; also `*`. */
export function isOrigin(text: string): boolean {
  if (text === '*' || text === 'null') return true;
  if (text.includes('*') || !URL.canParse(text)) return false;
  const { origin, protocol, host } = new URL(text);
  // Of others than the web's, as a browser's extension, JavaScript does not tell it.
  return text === (origin === 'null' ? `${protocol}//${host}` : origin);
}
