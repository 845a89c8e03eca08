import { spawn, spawnSync } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { prepareCrowdsec } from './crowdsec.ts';
import type { TrafficFile } from './traffic-file.ts';

/** Another program that reads the same file from beginning to end. */
export interface Peer {
  name: string;
  does: string;
  command: string;
  /** Lines from the file's beginning that it is given, where the whole file would take it too long. */
  linesMax?: number;
  /** Gets the folder ready that it works in; returns its arguments for a file. */
  prepare: (folder: string) => Promise<(path: string) => string[]>;
}

export const PEERS: readonly Peer[] = [
  {
    name: 'GoAccess',
    does: 'counts',
    command: 'goaccess',
    prepare: async () => (path) => [path, '--log-format=COMBINED', '--no-global-config', '-o', 'json', '--no-progress'],
  },
  {
    name: 'fail2ban-regex',
    does: 'its filter nginx-botsearch',
    command: 'fail2ban-regex',
    prepare: async () => (path) => [path, 'nginx-botsearch'],
  },
  {
    name: 'CrowdSec',
    does: 'nginx parser, http scenarios, replay',
    command: 'crowdsec',
    linesMax: 2_000,
    prepare: prepareCrowdsec,
  },
];

/** A peer that can run. */
export interface ReadyPeer {
  name: string;
  /** Lines a second on the file, its start apart where it gets only the beginning. */
  rate(): Promise<number>;
}

/** Gets a peer ready for a file; the reason where it cannot run here. */
export async function readyPeer(peer: Peer, file: TrafficFile, folder: string): Promise<ReadyPeer | string> {
  if (spawnSync(peer.command, ['--version'], { stdio: 'ignore' }).error !== undefined) return 'not installed';
  let args: (path: string) => string[];
  try {
    args = await peer.prepare(folder);
  } catch (error) {
    return error instanceof Error ? error.message.split('\n', 1)[0]! : String(error);
  }
  const { name, does, command, linesMax } = peer;
  const secondsFor = (path: string): Promise<number> => secondsOf(command, args(path));
  if (linesMax === undefined || linesMax >= file.lines)
    return { name: `${name} (${does})`, rate: async () => file.lines / (await secondsFor(file.path)) };
  const [one, some] = [join(folder, `${command}-1.log`), join(folder, `${command}-some.log`)];
  await head(file.path, 1, one);
  await head(file.path, linesMax, some);
  return {
    name: `${name} (${does}), first ${linesMax} lines, start apart`,
    rate: async () => {
      const start = await secondsFor(one);
      return (linesMax - 1) / Math.max(0.001, (await secondsFor(some)) - start);
    },
  };
}

/**
 * Seconds that the program takes.
 * @throws Error where it fails: a peer that gives up early is not fast
 */
async function secondsOf(command: string, args: readonly string[]): Promise<number> {
  const started = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => (complaint = `${complaint}${text.toString()}`.slice(-1_000)));
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${complaint}`);
  return (performance.now() - started) / 1000;
}

/** Copies the first lines of a file. */
async function head(from: string, lines: number, to: string): Promise<void> {
  const source = createReadStream(from);
  async function* firstLines(): AsyncGenerator<string> {
    let left = lines;
    for await (const line of createInterface({ input: source })) {
      yield `${line}\n`;
      left -= 1;
      if (left === 0) break;
    }
    source.destroy();
  }
  await pipeline(Readable.from(firstLines()), createWriteStream(to));
}
