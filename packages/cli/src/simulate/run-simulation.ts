import { setTimeout as delay } from 'node:timers/promises';
import { generateTraffic, type TrafficOptions } from '@vigil/traffic/generate-traffic';
import type { LineSink } from './sinks.ts';

/** Lines that are written at once, at most. */
const CHUNK_LINES_MAX = 500;
/** Lines due within this time are written together. */
const TICK_MS = 50;

export interface SimulationOptions extends TrafficOptions {
  sink: LineSink;
  /** Write each line when its time has come, from now on; else as fast as the sink takes them. */
  paced: boolean;
  signal: AbortSignal;
}

export interface SimulationResult {
  lines: number;
  attacks: number;
}

/** Writes simulated traffic into a sink until the lines or the patience (`signal`) are at their end. Closes the sink. */
export async function runSimulation(options: SimulationOptions): Promise<SimulationResult> {
  const { sink, paced, signal, startMs } = options;
  const begunMs = Date.now();
  const result: SimulationResult = { lines: 0, attacks: 0 };
  let chunk: string[] = [];
  const flush = async (): Promise<void> => {
    if (chunk.length > 0) await sink.write(chunk);
    chunk = [];
  };
  try {
    for (const { line, attack, timeMs } of generateTraffic(options)) {
      if (signal.aborted) break;
      const waitMs = paced ? timeMs - startMs - (Date.now() - begunMs) : 0;
      if (chunk.length === CHUNK_LINES_MAX || waitMs > TICK_MS) await flush();
      if (waitMs > TICK_MS) await delay(waitMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) break;
      chunk.push(line);
      result.lines += 1;
      if (attack) result.attacks += 1;
    }
    await flush();
  } finally {
    await sink.close();
  }
  return result;
}
