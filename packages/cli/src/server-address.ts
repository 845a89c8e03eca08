import { UserError } from './exit.ts';

/** `VIGIL_URL`, which counts as unset where it is empty, as every variable does; else where `start` listens. */
export function defaultServer(): string {
  return process.env['VIGIL_URL'] || 'http://127.0.0.1:8080';
}

/**
 * The address of a server as a URL.
 * @param protocols those that it may be asked by
 * @throws UserError where `text` is no such address
 */
export function serverAddress(text: string, protocols = /^https?:$/): URL {
  const url = URL.parse(text);
  if (url === null || !protocols.test(url.protocol))
    throw new UserError(`${text} is no address. Give one such as http://127.0.0.1:8080.`);
  return url;
}

/**
 * The URL of `path` at a gateway, which may be given by the address of its stream and stand below a prefix.
 * @throws TypeError where `gateway` is no URL
 */
export function restUrl(gateway: string, path: string): URL {
  const url = new URL(gateway.replace(/^ws/, 'http'));
  url.pathname = url.pathname.replace(/(\/ws\/alerts|\/)?$/, '/');
  url.search = '';
  return new URL(path, url);
}
