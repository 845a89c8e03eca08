import { startPostgres } from '@vigil/dev-services/postgres';
import { positiveInteger } from '@vigil/dev-services/positive-integer';
import { createMemoryAlertBus } from '@vigil/shared/bus/memory-alert-bus';
import { migrate, openDatabase } from '@vigil/shared/storage/database';
import { threatPageSql } from '@vigil/gateway/rest/threat-query';
import { topSql } from '@vigil/gateway/rest/top-query';
import { ADMIN_KEY, startTestGateway } from '@vigil/gateway/testing/start-test-gateway';
import { Command } from 'commander';
import { generateEvents } from './generate-events.ts';

/*
 * How long REST takes on many stored events. Of an export the time until its first bytes is taken. Ten million events take about 8 GB
 * and a quarter of an hour to make.
 */

const { events, dataDir, rounds, explain } = new Command('pnpm exec node bench/gateway/rest-latency.ts')
  .option('--events <n>', 'events that are stored', positiveInteger, 200_000)
  .option('--data-dir <folder>', 'keep the generated events there, and use them again')
  .option('--rounds <n>', 'times that each request is made', positiveInteger, 15)
  .option('--explain', 'print how PostgreSQL goes about the main queries instead', false)
  .parse()
  .opts<{ events: number; dataDir?: string; rounds: number; explain: boolean }>();
const postgres = await startPostgres(dataDir === undefined ? {} : { dataDir });
const database = await openDatabase(postgres.url, { answerMaxMs: 0 });
await migrate(database);
const [stored] = await database.query<{ there: boolean }>('select exists (select 1 from events) as there');
if (!stored!.there) await generateEvents(database, events, (day) => console.log(`day ${day} is there`));
const [count] = await database.query<{ n: string }>('select max(seq) as n from alerts');
const gateway = await startTestGateway(database, createMemoryAlertBus());
try {
  if (explain) await explainAll();
  console.log(
    `${Number(count!.n).toLocaleString('en')} events; milliseconds over HTTP: least, median, most of ${rounds}`,
  );
  for (const path of explain ? [] : await paths()) await measure(path);
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
    '/threats?limit=100&rule=xss',
    '/threats?limit=100&rule=never',
    '/threats?limit=100&source=access.log',
    '/threats?limit=100&source=never',
    `/threats?limit=100&min_severity=HIGH&class=XSS&source_ip=${ip}&path=/p/*`,
    '/threats?limit=100&class=XSS,LOG4SHELL&cidr=10.0.0.0/8&rule=log4shell&source=access.log',
    `/threats?limit=100&severity=MEDIUM&class=SSRF&since=${new Date(Date.now() - 20 * 86_400_000).toISOString()}`,
    '/threats/export',
    '/threats/export?format=csv&class=LOG4SHELL',
    '/threats/export?path=*never*',
    `/threats/${id}`,
    ...['1h', '6h', '24h', '7d', '30d'].map((range) => `/stats?range=${range}`),
    '/timeline?range=24h',
    '/timeline?range=30d',
    '/timeline?range=30d&class=XSS',
    `/sources/${ip}`,
    '/models/status',
  ];
}

async function get<T>(path: string): Promise<T> {
  const response = await fetch(gateway.url + path, { headers: { 'x-api-key': ADMIN_KEY } });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

async function firstBytes(path: string): Promise<void> {
  const response = await fetch(gateway.url + path, { headers: { 'x-api-key': ADMIN_KEY } });
  const reader = response.body!.getReader();
  await reader.read();
  await reader.cancel();
}

async function explainAll(): Promise<void> {
  const since = new Date(Date.now() - 30 * 86_400_000);
  const queries: Record<string, { sql: string; params: unknown[] }> = {
    'threats, newest': threatPageSql({}, 101, undefined),
    'threats, one address': threatPageSql({ source_ip: ['10.0.22.86'] }, 101, undefined),
    'threats, HIGH': threatPageSql({ severity: 'HIGH' }, 101, undefined),
    'threats, a class': threatPageSql({ class: ['XSS'] }, 101, undefined),
    'top addresses of 30 days': { sql: topSql('source'), params: [since, new Date(), 25, 40, 10] },
  };
  for (const [name, { sql, params }] of Object.entries(queries)) {
    const rows = await database.query<{ 'QUERY PLAN': string }>(`explain (analyze, costs off) ${sql}`, params);
    const plan = rows.map((row) => row['QUERY PLAN']).filter((line) => !/never executed|Index Searches/.test(line));
    console.log(`-- ${name}\n${plan.join('\n')}\n`);
  }
}

async function measure(path: string): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const startMs = performance.now();
    await (path.startsWith('/threats/export') ? firstBytes(path) : get<unknown>(path));
    times.push(performance.now() - startMs);
  }
  times.sort((a, b) => a - b);
  const figures = [times[0]!, times[Math.floor(rounds / 2)]!, times.at(-1)!].map((ms) => ms.toFixed(0).padStart(6));
  console.log(`${figures.join(' ')}  ${path}`);
}
