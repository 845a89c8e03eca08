import { Registry } from '@vigil/shared/metrics/metrics';
import { expect, it } from 'vitest';
import { createStreamMetrics } from './stream-metrics.ts';

it('says that nobody listens before anybody has', async () => {
  const registry = new Registry();
  createStreamMetrics(registry);
  const text = await registry.getSingleMetricAsString('vigil_gateway_clients');
  expect(text).toContain('{transport="websocket"} 0');
  expect(text).toContain('{transport="sse"} 0');
});
