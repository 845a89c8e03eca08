import type { DevService, ServiceName } from './dev-service.ts';
import { startNats } from './nats.ts';
import { startPostgres } from './postgres.ts';
import { startRedis } from './redis.ts';

// pnpm exec node packages/dev-services/src/main.ts [redis] [nats] [postgres]: starts servers and prints their URLs until Ctrl-C.

const starters: Record<ServiceName, () => Promise<DevService>> = {
  redis: startRedis,
  nats: startNats,
  postgres: startPostgres,
};
const names = Object.keys(starters) as ServiceName[];
const wanted = process.argv.slice(2);
const unknown = wanted.filter((word) => !names.some((name) => name === word));
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(', ')} (there are ${names.join(', ')})`);
  process.exit(2);
}

// The servers keep no event loop alive, so this does until they have stopped.
const keepAlive = setInterval(() => undefined, 60_000);
const asked = Promise.withResolvers<void>();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    asked.resolve();
  });
}

const chosen = names.filter((name) => wanted.length === 0 || wanted.includes(name));
const started = await Promise.allSettled(
  chosen.map(async (name) => {
    const service = await starters[name]();
    console.log(`VIGIL_TEST_${name.toUpperCase()}_URL=${service.url}  # ${service.origin}`);
    return service;
  }),
);
for (const outcome of started) {
  if (outcome.status === 'fulfilled') continue;
  console.error(outcome.reason instanceof Error ? outcome.reason.message : outcome.reason);
  process.exitCode = 1;
}
if (process.exitCode !== 1) {
  console.log('# Ctrl-C stops them');
  await asked.promise;
}
await Promise.all(started.map(async (outcome) => (outcome.status === 'fulfilled' ? outcome.value.stop() : undefined)));
clearInterval(keepAlive);
