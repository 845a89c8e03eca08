import type { ControlFrame } from '@vigil/shared/contracts';
import type { AlertEntry } from './alert-ring.ts';

/**
 * How alerts are put for a client: `plain` is the seed's, one threat frame per message and nothing else; `frames` adds control
 * frames; `batch` puts several alerts in one frame; `sse` is for server-sent events.
 */
export type Encoding = 'plain' | 'frames' | 'batch' | 'sse';

const BATCH_ALERTS_MAX = 200;
/**
 * Code units of the alerts in one message of `batch`, each up to three bytes: clients refuse messages from 1 MiB on (Python's websockets
 * does by default), and one that comes back for a message that it refuses never gets past it.
 */
const BATCH_LENGTH_MAX = 256 * 1024;

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
  let part: string[] = [];
  let length = 0;
  for (const [index, { alert, json }] of entries.entries()) {
    part.push(json);
    length += json.length;
    const next = entries[index + 1];
    const isFull = part.length === BATCH_ALERTS_MAX || length + (next?.json.length ?? 0) > BATCH_LENGTH_MAX;
    if (next !== undefined && !isFull) continue;
    const upTo = next === undefined ? cursor : alert.seq;
    frames.push(Buffer.from(`{"event":"batch","cursor":${upTo},"alerts":[${part.join(',')}]}`));
    part = [];
    length = 0;
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
