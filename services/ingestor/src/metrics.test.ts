import { Registry } from '@vigil/shared/metrics/metrics';
import { expect, it } from 'vitest';
import { createIngestMetrics } from './metrics.ts';

it('counts from zero for each kind of source, so that whoever waits for a first line can be told that none comes', async () => {
  const registry = new Registry();
  createIngestMetrics(registry);
  const text = await registry.metrics();
  for (const metric of ['vigil_lines_read_total', 'vigil_ingest_bytes_total']) {
    const samples = [...text.matchAll(new RegExp(`^${metric}\\{source_kind="(\\w+)"\\} (\\d+)$`, 'gm'))];
    expect(samples.map(([, kind, value]) => `${kind} ${value}`)).toEqual(['file 0', 'archive 0', 'stdin 0', 'http 0']);
  }
});
