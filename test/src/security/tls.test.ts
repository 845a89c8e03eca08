import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { startNats } from '@vigil/dev-services/nats';
import { testServices } from '@vigil/dev-services/test-services';
import { createJetStreamSink } from '@vigil/dispatcher/sinks/jetstream-sink';
import { alertOrder } from '@vigil/dispatcher/testing/alert-order';
import { createRedisAlertBus } from '@vigil/shared/bus/redis-alert-bus';
import { createRedisQueueBackend } from '@vigil/shared/queue/redis-queue-backend';
import { retry } from '@vigil/shared/lifecycle/retry';
import { openDatabase } from '@vigil/shared/storage/database';
import { testAlert } from '@vigil/shared/testing/alert';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { makeCertificates } from './certificates.ts';
import { startTlsFront } from './tls-front.ts';

const certificates = makeCertificates();
const systemAuthorities = getCACertificates('default');
const releases: (() => unknown)[] = [];
afterEach(async () => {
  setDefaultCACertificates(systemAuthorities);
  for (const release of releases.splice(0).toReversed()) await release();
});

afterAll(() => certificates?.remove());

/** As NODE_EXTRA_CA_CERTS does at a process's start. */
function trust(): void {
  setDefaultCACertificates([...systemAuthorities, certificates!.ca]);
}

async function front(protocol: 'redis' | 'postgres' | 'nats', url: string, scheme: string) {
  const upstream = new URL(url);
  const started = await startTlsFront(protocol, Number(upstream.port), certificates!);
  releases.push(() => started.close());
  const credentials = upstream.username === '' ? '' : `${upstream.username}:${upstream.password}@`;
  return {
    ...started,
    url: `${scheme}://${credentials}localhost:${started.port}${upstream.pathname.replace(/^\/$/, '')}`,
  };
}

const ALERT = testAlert();

describe.skipIf(certificates === undefined)('TLS (needs openssl)', () => {
  it('reaches Redis by rediss:// only where its certificate is trusted', async () => {
    const { redisUrl } = await testServices(['redis']);
    const { url, encrypted } = await front('redis', redisUrl, 'rediss');
    const untrusting = createRedisQueueBackend(url);
    releases.push(() => untrusting.close());
    await expect(untrusting.ping()).rejects.toThrow(/Redis/);
    trust();
    const queue = createRedisQueueBackend(url);
    releases.push(() => queue.close());
    // A machine that runs all tests at once may take longer to connect than a check waits.
    await retry(() => queue.ping());
    const bus = createRedisAlertBus(url);
    releases.push(() => bus.close());
    await retry(() => bus.publish([ALERT]));
    expect(encrypted()).toBeGreaterThanOrEqual(2);
  });

  it('obeys the sslmode of a database URL: encrypted and verified, or not at all', async () => {
    const { postgresUrl } = await testServices(['postgres']);
    const { url, encrypted } = await front('postgres', postgresUrl, 'postgres');
    const query = async (parameters: string, base = url): Promise<unknown> => {
      const database = await openDatabase(`${base}?${parameters}`);
      try {
        return await database.query('select 1 as one');
      } finally {
        await database.close();
      }
    };
    await expect(query('sslmode=verify-full')).rejects.toThrow(/certificate|issuer/i);
    await expect(query('sslmode=require')).rejects.toThrow(/certificate|issuer/i);
    const before = encrypted();
    const authority = `sslrootcert=${encodeURIComponent(certificates!.caFile)}`;
    expect(await query(`sslmode=verify-full&${authority}`)).toEqual([{ one: 1 }]);
    expect(await query(`sslmode=require&${authority}`)).toEqual([{ one: 1 }]);
    trust();
    expect(await query('sslmode=verify-full')).toEqual([{ one: 1 }]);
    expect(encrypted()).toBeGreaterThanOrEqual(before + 3);
    // The certificate is of a server called localhost, and of no address.
    await expect(query('sslmode=verify-full', url.replace('localhost', '127.0.0.1'))).rejects.toThrow(
      /not in the cert/,
    );
    // The server itself does not speak TLS: no falling back to plain text.
    await expect(query('sslmode=require', postgresUrl)).rejects.toThrow(/SSL/);
    expect(await query('sslmode=disable', postgresUrl)).toEqual([{ one: 1 }]);
  });

  it('publishes to NATS by tls:// encrypted, or not at all', async () => {
    const nats = await startNats();
    releases.push(() => nats.stop());
    const { url, encrypted } = await front('nats', nats.url, 'tls');
    const publish = async (natsUrl: string): Promise<void> => {
      const sink = createJetStreamSink({ url: natsUrl, stream: 'TLS', maxAgeHours: 1, replicas: 1 });
      try {
        await sink.publish([ALERT], alertOrder([], ALERT.seq));
      } finally {
        await sink.close();
      }
    };
    await expect(publish(url)).rejects.toThrow(/certificate|issuer|authority/i);
    trust();
    const before = encrypted();
    await publish(url);
    expect(encrypted()).toBeGreaterThan(before);
    // A server that offers no encryption, or somebody between who takes the offer out, gets no alert.
    await expect(publish(nats.url.replace('nats:', 'tls:'))).rejects.toThrow(/tls/i);
  });
});
