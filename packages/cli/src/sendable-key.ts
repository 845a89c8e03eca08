import { UserError } from './exit.ts';

/** What Node puts into no header, such as the ellipsis of a key that was shortened to be shown. */
const UNSENDABLE = /[^\t\x20-\x7e\x80-\xff]/;

/**
 * The key, if a request can carry it; where none can, trying again would never help.
 * @throws UserError
 */
export function sendableKey(key: string): string {
  if (UNSENDABLE.test(key)) throw new UserError('The key holds characters that no key has. Was it copied whole?');
  return key;
}
