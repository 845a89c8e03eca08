/** Tells the workers where the broker listens. */
export const brokerPortVariable = 'VIGIL_DEV_SERVICES_BROKER_PORT';

/** Vitest's globalSetup: listens for test files that want servers. None starts until one does. Returns the teardown. */
export async function setup(): Promise<() => Promise<void>> {
  const { startBroker } = await import('./broker.ts');
  const broker = await startBroker();
  process.env[brokerPortVariable] = String(broker.port);
  return broker.stop;
}
