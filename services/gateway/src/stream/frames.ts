import { partsOf } from '@vigil/shared/collections/parts';
import type { ControlFrame } from '@vigil/shared/contracts';
import type { AlertEntry } from './alert-ring.ts';

/**
 * How alerts are put for a client: `plain` is the seed's, one threat frame per message and nothing else; `frames` adds control
 * frames; `batch` puts several alerts in one frame; `sse` is for server-sent events.
 */
export type Encoding = 'plain' | 'frames' | 'batch' | 'sse';

/**
 * Of one message of `batch`, the length in code units of up to three bytes each: clients refuse messages from 1 MiB on (Python's
 * websockets does by default), and one that comes back for a message that it refuses never gets past it.
 */
const BATCH_BOUNDS = { itemsMax: 200, lengthMax: 256 * 1024 };

/**
 * An `EventSource` keeps the last `retry` for good, and ends for good at an answer other than 200: one that came back at once found
 * the gateway stopping, and was refused.
 */
const EVENT_SOURCE_RETRY_MS = 3_000;

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
  return [...partsOf(entries, ({ json }) => json.length, BATCH_BOUNDS)].map((part, index, parts) => {
    const upTo = index === parts.length - 1 ? cursor : part.at(-1)!.alert.seq;
    return Buffer.from(`{"event":"batch","cursor":${upTo},"alerts":[${part.map(({ json }) => json).join(',')}]}`);
  });
}

/** A control frame; undefined for clients that get none. */
export function encodeControl(encoding: Encoding, frame: ControlFrame): Buffer | undefined {
  if (encoding === 'plain') return undefined;
  const json = JSON.stringify(frame);
  if (encoding !== 'sse') return Buffer.from(json);
  // The id moves Last-Event-ID on, so that a client with a narrow filter does not resume from far back.
  const cursor = cursorAfter(frame);
  const id = cursor === undefined ? '' : `id: ${cursor}\n`;
  const retry = frame.event === 'bye' ? `retry: ${EVENT_SOURCE_RETRY_MS + frame.retry_after_ms}\n` : '';
  return Buffer.from(`${id}${retry}event: ${frame.event}\ndata: ${json}\n\n`);
}

function cursorAfter(frame: ControlFrame): number | undefined {
  if (frame.event === 'gap') return frame.reason === 'ahead_of_stream' ? frame.from - 1 : frame.to;
  return 'cursor' in frame ? frame.cursor : undefined;
}
