import { serverAddress } from '../server-address.ts';

/**
 * The address to which a Vigil's lines are posted; a path in `base` stays before it, as behind a proxy.
 * @throws UserError where `base` is no HTTP URL
 */
export function ingestUrl(base: string): URL {
  const { origin, pathname } = serverAddress(base);
  return new URL('ingest/batch', `${origin}${pathname.replace(/\/?$/, '/')}`);
}
