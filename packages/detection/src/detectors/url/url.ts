import type { View } from '../../views/view.ts';
import { Found, type Detector, type Signal } from '../detector.ts';
import { readDisguise } from './disguise.ts';
import { readHost } from './host.ts';
import { readPath } from './path.ts';
import { SIGNALS, type Add } from './signals.ts';
import { useOf, type Use } from './use.ts';

/** A URL as far as its host: its scheme, what stands before an `@`, and the host. */
const UP_TO_HOST =
  /^(?:url:)?([a-z][a-z0-9+.-]{1,14}):[\\/]{0,6}(?:([^/?#\\@\s]{0,256})@)?(\[[^\]]{2,64}\]|[^/?#\\:\s@]{1,253})?/i;
const SCHEME = /^(?:https?|ftp|gopher|dict|ldap|wss?|sftp|tftp|url)$/;
const WEB = /^https?$/;
/** A name and a password as examples of such URLs have them, `user:pass`, which are like no host. */
const EXAMPLE = /^[a-z]{2,16}:[a-z]{2,16}$/i;
const LENGTH_MAX = 4096;
/** Most characters that a signal spans. */
const SPAN_MAX = 200;

/** A URL in parts, its scheme and host in lower case. */
type Url = { scheme: string; user: string | undefined; host: string; path: string };

/** Judges values that are URLs: which host they really name and how openly they say so. */
export const url: Detector = {
  name: 'url',
  readsDocuments: true,
  signals: SIGNALS,
  gate: ['http', '//', '/\\', '\\', 'ftp:', '/.', 'gopher:', 'dict:', 'ldap:', 'ws:', 'wss:', 'url:', '@', '<space>'],
  gateWith: ['/', '\\', '@', 'http'],
  run(view: View): Signal[] {
    const { text } = view;
    if (text.length < 4 || text.length > LENGTH_MAX || !/[/\\@]|https?:/i.test(text)) return [];
    const found = new Found();
    const add: Add = (name) => {
      found.add(name, 0, Math.min(text.length, SPAN_MAX));
    };
    const use = useOf(view);
    // A quote before a URL or behind it breaks out of what it is put into, and hides nothing.
    const value = text.trim().replace(/^["'](?=https?:)|["']$/gi, '');
    const clean = value.replace(/[\x00-\x1f\x7f]/g, '');
    readDisguise({ text, value, clean }, use, view.field === 'query', add);
    const parts = partsOf(clean);
    if (parts !== undefined) readParts(parts, use, add);
    return found.signals;
  },
};

function partsOf(value: string): Url | undefined {
  if (!value.includes(':')) return undefined;
  const text = value.replace(/^[\\/]{1,4}(?=https?:)/i, '');
  const found = UP_TO_HOST.exec(text);
  if (found === null) return undefined;
  const [upToHost, scheme = '', user, host = ''] = found;
  if (!SCHEME.test(scheme.toLowerCase())) return undefined;
  return {
    scheme: scheme.toLowerCase(),
    user,
    host: host.toLowerCase().replace(/\.$/, ''),
    path: text.slice(upToHost.length),
  };
}

function readParts({ scheme, user, host, path }: Url, use: Use, add: Add): void {
  readHost(host, path, use, add);
  const isWeb = WEB.test(scheme);
  if (isWeb && user !== undefined && /[.\d]/.test(host) && !isPlainUser(user, use)) add('user-info');
  readPath(path, host, isWeb || scheme === 'ftp', use, add);
  if (isWeb && use.redirects) add('off-site');
}

/** Whether what stands before a host misleads nobody: a key, as error collectors are addressed, or an example that somebody looks up. */
const isPlainUser = (user: string, { name, isSearched }: Use): boolean =>
  name.toLowerCase() === 'dsn' || (isSearched && EXAMPLE.test(user));
