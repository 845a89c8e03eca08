import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { finished } from 'node:stream/promises';
import type { Writable } from 'node:stream';
import { UserError } from '../exit.ts';
import { ingestUrl } from '../ingest/ingest-url.ts';
import { pushLines, tellBusy } from '../ingest/push-lines.ts';
import { sendableKey } from '../sendable-key.ts';
import { unwritable } from '../user-files.ts';

/** Where simulated lines go. */
export interface LineSink {
  /** Resolves when more may be written. */
  write(lines: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Appends to a file, so that whoever follows it goes on.
 * @throws UserError where it cannot be written, now or later
 */
export async function fileSink(path: string): Promise<LineSink> {
  const stream = createWriteStream(path, { flags: 'a' });
  const fail = (error: Error): never => {
    throw unwritable(path, error);
  };
  await once(stream, 'open').catch(fail);
  const sink = streamSink(stream, true);
  return {
    write: (lines) => sink.write(lines).catch(fail),
    close: () => sink.close().catch(fail),
  };
}

/** @param ends whether closing the sink ends the stream */
export function streamSink(stream: Writable, ends: boolean): LineSink {
  let failure: Error | undefined;
  stream.on('error', (error: Error) => {
    failure = error;
  });
  return {
    write: async (lines) => {
      if (failure !== undefined) throw failure;
      if (!stream.write(`${lines.join('\n')}\n`)) await drained(stream);
    },
    close: async () => {
      if (!ends) return;
      stream.end();
      await finished(stream);
    },
  };
}

/** Resolves when the stream takes more, or was closed; leaves no listener behind. */
async function drained(stream: Writable): Promise<void> {
  const settled = new AbortController();
  const { signal } = settled;
  try {
    await Promise.race([once(stream, 'drain', { signal }), once(stream, 'close', { signal })]);
  } finally {
    settled.abort();
  }
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/**
 * The URL with its host replaced by the loopback address that it resolves to, so that what was checked is what is called.
 * @throws UserError where any of its addresses is not this machine
 */
export async function loopbackUrl(url: URL): Promise<URL> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const addresses =
    isIP(host) === 0 ? await lookup(host, { all: true }).catch(() => []) : [{ address: host, family: isIP(host) }];
  const isLoopback = ({ address, family }: { address: string; family: number }): boolean =>
    LOOPBACK.check(address, family === 6 ? 'ipv6' : 'ipv4');
  const first = addresses[0];
  if (first === undefined || !addresses.every(isLoopback)) {
    throw new UserError(`${url.host} is not this machine: the simulator sends attacks to loopback addresses only`);
  }
  const target = new URL(url);
  target.hostname = first.family === 6 ? `[${first.address}]` : first.address;
  return target;
}

/**
 * Posts to `/ingest/batch` of a Vigil on this machine.
 * @throws UserError where the target is not this machine or refuses the lines
 */
export async function httpSink(base: URL, key: string | undefined, signal: AbortSignal): Promise<LineSink> {
  const url = ingestUrl((await loopbackUrl(base)).href);
  const target = {
    url,
    key: key === undefined ? undefined : sendableKey(key),
    source: 'simulator',
    onBusy: tellBusy(url),
    signal,
  };
  return {
    write: async (lines) => {
      try {
        await pushLines(target, crypto.randomUUID(), Buffer.from(lines.join('\n')));
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
    close: async () => undefined,
  };
}
