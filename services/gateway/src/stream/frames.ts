import type { ControlFrame } from '@vigil/shared/contracts';
import type { AlertEntry } from './alert-ring.ts';

/**
 * How alerts are put for a client: `plain` is the seed's, one threat frame per message and nothing else; `frames` adds control
 * frames; `batch` puts several alerts in one frame; `sse` is for server-sent events.
 */
export type Encoding = 'plain' | 'frames' | 'batch' | 'sse';

/** Alerts in one message of `batch`, so that a frame stays well below what a proxy or browser may refuse. */
const BATCH_ALERTS_MAX = 200;

/**
 * Messages that carry these alerts; made once for all clients with the same filter and encoding.
 * @param cursor seq up to which these alerts are all that the filter lets through
 */
export function encodeAlerts(encoding: Encoding, entries: readonly AlertEntry[], cursor: number): Buffer[] {
  if (encoding === 'batch') return encodeBatches(entries, cursor);
  if (encoding !== 'sse') return entries.map((entry) => Buffer.from(entry.json));
  if (entries.length === 0) return [];
  return [Buffer.from(entries.map((e) => `id: ${e.alert.seq}\nevent: threat\ndata: ${e.json}\n\n`).join(''))];
}

function encodeBatches(entries: readonly AlertEntry[], cursor: number): Buffer[] {
  const frames: Buffer[] = [];
  for (let from = 0; from < entries.length; from += BATCH_ALERTS_MAX) {
    const part = entries.slice(from, from + BATCH_ALERTS_MAX);
    const last = from + BATCH_ALERTS_MAX >= entries.length;
    const upTo = last ? cursor : part.at(-1)!.alert.seq;
    frames.push(Buffer.from(`{"event":"batch","cursor":${upTo},"alerts":[${part.map((e) => e.json).join(',')}]}`));
  }
  return frames;
}

/** A control frame; undefined for clients that get none. */
export function encodeControl(encoding: Encoding, frame: ControlFrame): Buffer | undefined {
  if (encoding === 'plain') return undefined;
  const json = JSON.stringify(frame);
  if (encoding !== 'sse') return Buffer.from(json);
  // The id moves Last-Event-ID on, so that a client with a narrow filter does not resume from far back.
  const cursor = cursorAfter(frame);
  const id = cursor === undefined ? '' : `id: ${cursor}\n`;
  const retry = frame.event === 'bye' ? `retry: ${frame.retry_after_ms}\n` : '';
  return Buffer.from(`${id}${retry}event: ${frame.event}\ndata: ${json}\n\n`);
}

function cursorAfter(frame: ControlFrame): number | undefined {
  if (frame.event === 'gap') return frame.reason === 'ahead_of_stream' ? frame.from - 1 : frame.to;
  return 'cursor' in frame ? frame.cursor : undefined;
}
