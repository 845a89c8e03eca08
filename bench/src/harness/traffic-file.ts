import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { generateTraffic, type TrafficOptions } from '@vigil/traffic/generate-traffic';

export interface TrafficFile {
  path: string;
  lines: number;
  bytes: number;
  attacks: number;
}

/** Log time at which every generated file begins, epoch ms: the same lines in every run. */
export const TRAFFIC_START_MS = Date.UTC(2026, 2, 2);

/** Written at once: what keeps the writer from a system call per line. */
const CHUNK_LINES = 10_000;

/**
 * Writes generated combined lines to a file.
 * @param shape changes a line before it is written; its attack flag stays
 */
export async function writeTraffic(
  path: string,
  lines: number,
  options: Partial<TrafficOptions> = {},
  shape: (line: string, index: number) => string = (line) => line,
): Promise<TrafficFile> {
  const out = createWriteStream(path);
  let attacks = 0;
  let bytes = 0;
  let text: string[] = [];
  const flush = async (): Promise<void> => {
    const chunk = Buffer.from(`${text.join('\n')}\n`, 'latin1');
    bytes += chunk.length;
    text = [];
    if (!out.write(chunk)) await once(out, 'drain');
  };
  let index = 0;
  for (const { line, attack } of generateTraffic({
    mode: 'mixed',
    seed: 1,
    attackShare: 0.02,
    startMs: TRAFFIC_START_MS,
    rate: 5_000,
    count: lines,
    ...options,
  })) {
    text.push(shape(line, index));
    index += 1;
    if (attack) attacks += 1;
    if (text.length === CHUNK_LINES) await flush();
  }
  if (text.length > 0) await flush();
  out.end();
  await once(out, 'finish');
  return { path, lines, bytes, attacks };
}
