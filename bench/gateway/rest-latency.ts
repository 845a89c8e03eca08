import { parseArgs } from 'node:util';
import { startPostgres } from '@vigil/dev-services/postgres';
import { createMemoryAlertBus } from '@vigil/shared/bus/memory-alert-bus';
import { migrate, openDatabase } from '@vigil/shared/storage/database';
import { ADMIN_KEY, startTestGateway } from '@vigil/gateway/testing/start-test-gateway';
import { generateEvents } from './generate-events.ts';

/*
 * How long REST takes on many stored events.
 *
 *   pnpm exec node bench/gateway/rest-latency.ts [--events 200000] [--data-dir DIR] [--rounds 15]
 *
 * With --data-dir the generated events are kept there and used again; ten million take about 8 GB and a quarter of an hour.
 */

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '200000' },
    'data-dir': { type: 'string' },
    rounds: { type: 'string', default: '15' },
  },
});
const rounds = Number(values.rounds);

const dataDir = values['data-dir'];
const postgres = await startPostgres(dataDir === undefined ? {} : { dataDir });
const database = await openDatabase(postgres.url);
await migrate(database);
const [stored] = await database.query<{ there: boolean }>('select exists (select 1 from events) as there');
if (!stored!.there) await generateEvents(database, Number(values.events), (day) => console.log(`day ${day} is there`));
const [count] = await database.query<{ n: string }>('select max(seq) as n from alerts');
const gateway = await startTestGateway(database, createMemoryAlertBus());
try {
  console.log(
    `${Number(count!.n).toLocaleString('en')} events; milliseconds over HTTP: least, median, most of ${rounds}`,
  );
  for (const path of await paths()) await measure(path);
} finally {
  await gateway.stop();
  await database.close();
  await postgres.stop();
}

async function paths(): Promise<string[]> {
  const first = await get<{ threats: { id: string; source_ip: string }[]; next_cursor: string }>('/threats?limit=100');
  const { id, source_ip: ip } = first.threats[0]!;
  const deep = await database.query<{ id: string; ms: string }>(
    `select id, extract(epoch from timestamp) * 1000 as ms from events
     where timestamp < now() - interval '20 days' order by timestamp desc, id desc limit 1`,
  );
  const cursor = Buffer.from(`${Math.floor(Number(deep[0]?.ms ?? 0))} ${deep[0]?.id ?? id}`).toString('base64url');
  return [
    '/threats?limit=100',
    `/threats?limit=100&cursor=${cursor}`,
    '/threats?limit=100&severity=HIGH',
    `/threats?limit=100&source_ip=${ip}`,
    '/threats?limit=100&source_ip=192.0.2.1',
    '/threats?limit=100&class=XSS',
    '/threats?limit=100&class=LOG4SHELL',
    '/threats?limit=100&class=LOG4SHELL&severity=HIGH',
    `/threats?limit=100&source_ip=${ip},10.0.0.1,192.0.2.1`,
    '/threats?limit=100&cidr=10.0.0.0/30',
    '/threats?limit=100&cidr=192.0.2.0/24',
    '/threats?limit=100&path=/p/4999',
    '/threats?limit=100&path=*never*',
    `/threats/${id}`,
    ...['1h', '6h', '24h', '7d', '30d'].map((range) => `/stats?range=${range}`),
    '/timeline?range=24h',
    '/timeline?range=30d',
    `/sources/${ip}`,
    '/models/status',
  ];
}

async function get<T>(path: string): Promise<T> {
  const response = await fetch(gateway.url + path, { headers: { 'x-api-key': ADMIN_KEY } });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

async function measure(path: string): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const startMs = performance.now();
    await get<unknown>(path);
    times.push(performance.now() - startMs);
  }
  times.sort((a, b) => a - b);
  const figures = [times[0]!, times[Math.floor(rounds / 2)]!, times.at(-1)!].map((ms) => ms.toFixed(0).padStart(6));
  console.log(`${figures.join(' ')}  ${path}`);
}
