// Run by the watchdog once the process that owned these containers is gone: node remove-containers.ts ID…
import { getContainerRuntimeClient } from 'testcontainers';

const runtime = await getContainerRuntimeClient();
await Promise.allSettled(
  process.argv.slice(2).map(async (id) => runtime.container.getById(id).remove({ force: true, v: true })),
);
