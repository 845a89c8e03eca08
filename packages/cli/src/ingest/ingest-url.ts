import { UserError } from '../exit.ts';

/**
 * The address to which a Vigil's lines are posted; a path in `base` stays before it, as behind a proxy.
 * @throws UserError where `base` is no HTTP URL
 */
export function ingestUrl(base: string): URL {
  const url = URL.parse(base);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new UserError(`${base} is no address. Give one such as http://127.0.0.1:8080.`);
  return new URL('ingest/batch', `${url.origin}${url.pathname.replace(/\/?$/, '/')}`);
}
