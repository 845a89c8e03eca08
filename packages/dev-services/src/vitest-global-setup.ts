import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Tells the workers where the broker listens. */
export const brokerPortVariable = 'VIGIL_DEV_SERVICES_BROKER_PORT';

/**
 * Vitest's globalSetup: listens for test files that want servers, of which none starts until one does, and makes one folder for
 * all that the run keeps for a while, which goes with the run however that ends. Returns the teardown.
 */
export async function setup(): Promise<() => Promise<void>> {
  const { startBroker } = await import('./broker.ts');
  const { guardDirectory } = await import('./watchdog.ts');
  const folder = mkdtempSync(join(tmpdir(), 'vigil-tests-'));
  guardDirectory(folder);
  // Where root has no user namespaces, PostgreSQL runs as another account in a folder within.
  chmodSync(folder, 0o755);
  process.env['TMPDIR'] = folder;
  // Tests start hundreds of processes and threads of Node, each of which would strip and compile the same files again.
  process.env['NODE_COMPILE_CACHE'] ??= resolve(import.meta.dirname, '../../../.cache/compiled');
  const broker = await startBroker();
  process.env[brokerPortVariable] = String(broker.port);
  return async () => {
    await broker.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  };
}
