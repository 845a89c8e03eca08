import { lookup } from 'node:dns/promises';
import { createServer } from 'node:http';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { EXIT_FAILED, EXIT_USAGE } from '../exit.ts';
import { runSimulation } from './run-simulation.ts';
import { fileSink, httpSink, loopbackUrl, streamSink } from './sinks.ts';

vi.mock('node:dns/promises', { spy: true });

const never = new AbortController().signal;

describe('loopbackUrl', () => {
  it.each(['http://127.0.0.1:8080', 'http://127.9.9.9', 'http://[::1]:8080', 'http://localhost:8080'])(
    'takes %s',
    async (text) => {
      const { hostname } = await loopbackUrl(new URL(text));
      expect(hostname).toMatch(/^(127\.|\[::1\])/);
    },
  );

  it.each([
    'http://192.0.2.1',
    'http://10.0.0.1:8080',
    'http://[2001:db8::1]',
    'http://[::ffff:10.0.0.1]',
    'http://0.0.0.0',
    'http://no-such-host.invalid',
  ])('refuses %s', async (text) => {
    await expect(loopbackUrl(new URL(text))).rejects.toThrow('is not this machine');
  });

  it('refuses a name of which only some addresses are this machine', async () => {
    const addresses = ['127.0.0.1', '192.0.2.1'].map((address) => ({ address, family: 4 }));
    vi.mocked(lookup).mockResolvedValueOnce(addresses as never);
    await expect(loopbackUrl(new URL('http://rebound.example'))).rejects.toThrow('is not this machine');
  });
});

describe('sinks', () => {
  it('append to a file what is there already', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vigil-simulate-'));
    try {
      const path = join(folder, 'access.log');
      const options = { mode: 'normal', seed: 3, startMs: 0, count: 700, paced: false, signal: never } as const;
      await runSimulation({ ...options, sink: await fileSink(path) });
      const result = await runSimulation({ ...options, sink: await fileSink(path) });
      expect(result).toEqual({ lines: 700, attacks: 0 });
      const lines = (await readFile(path, 'utf8')).split('\n');
      expect(lines.length).toBe(1_401);
      expect(lines[0]).toBe(lines[700]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('say why a file cannot be written', async () => {
    await expect(fileSink(tmpdir())).rejects.toMatchObject({
      message: expect.stringMatching(/^Cannot write .*: it is a folder; name a file in it\.$/),
      exitCode: EXIT_USAGE,
    });
    // A device that is always full.
    const sink = await fileSink('/dev/full');
    const full = runSimulation({ mode: 'normal', seed: 3, startMs: 0, count: 9, paced: false, signal: never, sink });
    // The same call may succeed later.
    await expect(full).rejects.toMatchObject({
      message: expect.stringMatching(/^Cannot write \/dev\/full: the disk is full/),
      exitCode: EXIT_FAILED,
    });
  });

  it('say so, instead of waiting for ever, where they are written to after the file has failed', async () => {
    const sink = await fileSink('/dev/full');
    const lines = Array.from({ length: 1_000 }, () => 'x'.repeat(1_000));
    const writing = async (): Promise<void> => {
      for (;;) await sink.write(lines);
    };
    await expect(writing()).rejects.toThrow(/^Cannot write \/dev\/full: the disk is full/);
    await expect(sink.write(lines)).rejects.toThrow(/^Cannot write \/dev\/full: the disk is full/);
  });

  it('leave a stream open that others write to, too', async () => {
    const stream = new PassThrough();
    const sink = streamSink(stream, false);
    await sink.write(['line']);
    await sink.close();
    expect([String(stream.read()), stream.writableEnded]).toEqual(['line\n', false]);
  });

  it('give a batch up without a word when the simulation is ended', async () => {
    const ending = new AbortController();
    const server = createServer(() => ending.abort());
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    try {
      const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      const sink = await httpSink(url, 'key', ending.signal);
      await expect(sink.write(['line'])).resolves.toBeUndefined();
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it.each([503, 429])('post a batch again with the same id while the answer is %i', async (refusal) => {
    const seen: { key: string | undefined; batchId: string | null; lines: number }[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (part: Buffer) => (body += part.toString()));
      request.on('end', () => {
        const batchId = new URL(request.url ?? '', 'http://host').searchParams.get('batch_id');
        const lines = body.split('\n').length;
        seen.push({ key: request.headers['x-api-key'] as string | undefined, batchId, lines });
        response.writeHead(seen.length === 1 ? refusal : 202, { 'retry-after': '0' }).end('{"accepted":20}');
      });
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    try {
      const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      const sink = await httpSink(url, 'key', never);
      await runSimulation({ mode: 'mixed', seed: 1, startMs: 0, count: 20, paced: false, signal: never, sink });
      expect(seen.map(({ key, lines }) => [key, lines])).toEqual([
        ['key', 20],
        ['key', 20],
      ]);
      expect(seen[0]!.batchId).toBe(seen[1]!.batchId);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
