import { isatty } from 'node:tty';
import picocolors from 'picocolors';

/** Only where a person reads: `CI=true` alone makes the library colour a file, and an address in it could not be followed. */
const pc = picocolors.createColors(isatty(1) && picocolors.isColorSupported);

export interface BannerFacts {
  url: string;
  apiKey: string;
  /** Where the key is kept. */
  apiKeyPath: string;
  /** A person reads it. Elsewhere it ends in a journal or a container's log, which more people may read than may have the key. */
  isRead: boolean;
  dataDir: string;
  /** What is followed, in words. */
  following: string;
  demo: boolean;
}

/** What a newcomer sees once everything runs: where it is, the key, and what to try next. */
export function banner(facts: BannerFacts): string {
  const { url, apiKey, apiKeyPath, isRead } = facts;
  const keyOfFile = `$(cat ${quoted(apiKeyPath)})`;
  const command = (text: string) => `    ${pc.cyan(text)}`;
  return [
    '',
    `  ${pc.bold('Vigil is watching.')}`,
    '',
    `  console    ${isRead ? pc.bold(`${url}/#key=${apiKey}`) : `echo "${url}/#key=${keyOfFile}"`}`,
    `  address    ${url}`,
    `  API key    ${isRead ? apiKey : `in ${apiKeyPath}`}`,
    `  following  ${facts.following}`,
    `  data       ${facts.dataDir}`,
    '',
    '  Try next, in another terminal:',
    command(`export VIGIL_URL=${url} VIGIL_API_KEY=${isRead ? apiKey : `"${keyOfFile}"`}`),
    command('npx -y pnpm@12.21.0 vigil tail'),
    command(`curl -s -H "X-API-Key: $VIGIL_API_KEY" "$VIGIL_URL/stats?range=1h"`),
    command(`curl -s -H "X-API-Key: $VIGIL_API_KEY" "$VIGIL_URL/threats?severity=HIGH&limit=5"`),
    ...(facts.demo
      ? ['', '  Watch your own site instead:', command('npx -y pnpm@12.21.0 start /var/log/nginx/access.log')]
      : []),
    '',
    '  Ctrl-C stops it; what it knows stays in the data folder.',
    '',
  ].join('\n');
}

/** A path as one word of a shell, whatever it holds. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
