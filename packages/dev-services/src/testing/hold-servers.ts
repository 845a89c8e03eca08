// A parent for the tests that kill one: starts what its arguments name, prints it as one line of JSON, and then does as told.
// node hold-servers.ts (wait|throw|exit) redis|nats|postgres|dir=PATH…
import { startEmbeddedPostgres } from '../embedded-postgres.ts';
import { startNats } from '../nats.ts';
import { startPostgres } from '../postgres.ts';
import { startRedis } from '../redis.ts';

const [then, ...names] = process.argv.slice(2);
const services = await Promise.all(
  names.map(async (name) => {
    if (name === 'redis') return startRedis();
    if (name === 'nats') return startNats();
    if (name === 'postgres') return startPostgres();
    return startEmbeddedPostgres({ dataDir: name.replace('dir=', '') });
  }),
);
console.log(JSON.stringify(services.map(({ url, pid }) => ({ url, pid }))));
if (then === 'throw') throw new Error('as told');
if (then === 'exit') process.exit(3);
setInterval(() => undefined, 60_000);
