import { spawn, spawnSync } from 'node:child_process';

/** Another program that reads the same file from beginning to end. */
export interface Peer {
  name: string;
  does: string;
  command: string;
  args: (path: string) => string[];
}

export const PEERS: readonly Peer[] = [
  {
    name: 'GoAccess',
    does: 'counts',
    command: 'goaccess',
    args: (path) => [path, '--log-format=COMBINED', '--no-global-config', '-o', 'json', '--no-progress'],
  },
  {
    name: 'fail2ban-regex',
    does: 'its filter nginx-botsearch',
    command: 'fail2ban-regex',
    args: (path) => [path, 'nginx-botsearch'],
  },
];

/** Whether the program is installed. */
export function isInstalled(peer: Peer): boolean {
  return spawnSync(peer.command, ['--version'], { stdio: 'ignore' }).error === undefined;
}

/**
 * Seconds that the peer takes for the file.
 * @throws Error where it fails: a peer that gives up early is not fast
 */
export async function secondsOf(peer: Peer, path: string): Promise<number> {
  const started = performance.now();
  const child = spawn(peer.command, peer.args(path), { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => (complaint = `${complaint}${text.toString()}`.slice(-1_000)));
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) throw new Error(`${peer.command} ended with ${code}: ${complaint}`);
  return (performance.now() - started) / 1000;
}
