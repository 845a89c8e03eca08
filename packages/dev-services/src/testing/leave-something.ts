import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { Redis } from 'ioredis';
import { Client } from 'pg';

/** Leaves something in each server, and tells what was there before in Redis and is there then in the others. */
export async function leaveSomething({
  redisUrl,
  natsUrl,
  postgresUrl,
}: Record<'redisUrl' | 'natsUrl' | 'postgresUrl', string>) {
  const redis = new Redis(redisUrl);
  const keysBefore = await redis.dbsize();
  await redis.set('mine', '1');
  redis.disconnect();

  const nats = await connect({ servers: natsUrl });
  const manager = await jetstreamManager(nats);
  await manager.streams.add({ name: 'MINE', subjects: ['mine'] });
  const streams = (await manager.streams.list().next()).map(({ config }) => config.name);
  await nats.close();

  const client = new Client({ connectionString: postgresUrl });
  await client.connect();
  await client.query('CREATE TABLE mine (id int)');
  const { rows } = await client.query<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'",
  );
  await client.end();
  return { keysBefore, streams, tables: rows.map(({ name }) => name) };
}
