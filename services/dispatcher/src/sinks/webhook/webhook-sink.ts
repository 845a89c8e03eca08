import { alertJson } from '@vigil/shared/alerts/alert-json';
import { partsOf } from '@vigil/shared/collections/parts';
import { isAtLeast, type Alert, type AlertSeverity } from '@vigil/shared/contracts';
import { retryAfterMs } from '@vigil/shared/http/retry-after';
import { RetryLaterError } from '@vigil/shared/lifecycle/retry';
import type { AlertOrder, AlertSink } from '../alert-sink.ts';
import { answerProblem } from './answer.ts';
import { Digest } from './digest.ts';
import { signatureOf } from './signature.ts';

/** Of one request: receivers bound the bodies that they take, many at a megabyte. */
const REQUEST_BOUNDS = { itemsMax: 100, lengthMax: 256 * 1024 };

/** Alerts in one summary, which are read a group at a time: more than come between two, however hard somebody tries. */
const DIGEST_ALERTS_MAX = 1_000_000;

/** A receiver may ask for no longer rest than this: alerts would be worth nothing then. */
const RETRY_AFTER_MAX_MS = 15 * 60_000;

/** Standard Webhooks, "Webhook delivery", asks for 15 to 30 s. */
const ANSWER_MAX_MS = 15_000;

export interface WebhookOptions {
  /** Tells it from others, in the name of its sink; absent: the one without. */
  name?: string | undefined;
  url: string;
  format: 'json' | 'text';
  /** Of the receiver's asking, with every request. */
  headers?: Record<string, string> | undefined;
  /** Key of the signature; without it nothing is signed. */
  secret?: Buffer | undefined;
  severityMin: AlertSeverity;
  /** Least time between what is sent and what is sent next, in which alerts gather. */
  intervalMs: number;
  /** Put below each text. */
  link?: string | undefined;
}

/**
 * Tells a receiver of HTTP, in order and at least once: what it did not answer with 2xx is sent again. As JSON every alert is sent, some
 * at a time, and again with the same `webhook-id` unless another process does so; as text what has gathered is summed up.
 */
export function createWebhookSink(options: WebhookOptions): AlertSink {
  const isTold = (alert: Alert): boolean => isAtLeast(alert.severity, options.severityMin);
  const target = targetOf(options);
  let sentAtMs = -Infinity;
  /** The last alert that was answered for, of a group that failed further on. */
  let toldSeq = 0;
  let toldIn: AlertOrder | undefined;

  const send = async (id: string, body: string, signal?: AbortSignal): Promise<void> => {
    await post(target, id, body, signal);
    sentAtMs = performance.now();
  };

  const sendAlerts = async (alerts: readonly Alert[], signal?: AbortSignal): Promise<void> => {
    for (const part of partsOf(alerts, (alert) => alertJson(alert).length, REQUEST_BOUNDS)) {
      const first = part[0]!;
      const last = part.at(-1)!;
      const data = `{"alerts":[${part.map(alertJson).join(',')}]}`;
      const body = `{"type":"alerts","timestamp":${JSON.stringify(last.timestamp)},"data":${data}}`;
      await send(`alerts_${first.id}_${last.seq}`, body, signal);
      toldSeq = last.seq;
    }
  };

  const sendDigest = async (alerts: readonly Alert[], order: AlertOrder, signal?: AbortSignal): Promise<number> => {
    const digest = new Digest();
    let upTo = 0;
    let read = 0;
    for (let group = alerts; ;) {
      for (const alert of group) if (isTold(alert)) digest.add(alert);
      read += group.length;
      upTo = group.at(-1)?.seq ?? upTo;
      if (read >= DIGEST_ALERTS_MAX || signal?.aborted === true) break;
      const next = await order.read(upTo);
      if (next.alerts.length === 0) break;
      group = next.alerts;
    }
    const text = digest.text(options.link);
    if (!digest.isEmpty) await send(`alerts_${alerts[0]!.id}_${upTo}`, JSON.stringify({ text }), signal);
    return upTo;
  };

  return {
    name: options.name === undefined ? 'webhook' : `webhook:${options.name}`,
    startsAtEnd: true,
    intervalMs: options.intervalMs,
    publish: async (alerts, order, signal) => {
      if (alerts.length === 0) return undefined;
      if (options.format === 'text') return sendDigest(alerts, order, signal);
      if (toldIn !== order) toldSeq = 0;
      toldIn = order;
      await sendAlerts(
        alerts.filter((alert) => alert.seq > toldSeq && isTold(alert)),
        signal,
      );
      return undefined;
    },
    restMs: () => sentAtMs + options.intervalMs - performance.now(),
    close: async () => undefined,
  };
}

/** Where to, and what every request says. */
interface Target {
  address: URL;
  headers: Record<string, string>;
  secret: Buffer | undefined;
}

/** `fetch` refuses a URL with credentials, and names it whole. */
function targetOf({ url, headers: given, secret }: WebhookOptions): Target {
  const address = new URL(url);
  const headers: Record<string, string> = {
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'vigil',
  };
  const { username, password } = address;
  if (username !== '' || password !== '') {
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    headers['authorization'] = `Basic ${Buffer.from(credentials).toString('base64')}`;
    address.username = '';
    address.password = '';
  }
  return { address, headers: { ...headers, ...given }, secret };
}

/** @throws RetryLaterError that says what the receiver answered, never its URL, which is a secret with many of them */
async function post(
  { address, headers, secret }: Target,
  id: string,
  body: string,
  signal?: AbortSignal,
): Promise<void> {
  const timestamp = Math.floor(Date.now() / 1000);
  const response = await fetch(address, {
    method: 'POST',
    headers: {
      ...headers,
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      ...(secret === undefined ? {} : { 'webhook-signature': signatureOf(secret, id, timestamp, body) }),
    },
    body,
    // Wherever else it leads is not what was configured.
    redirect: 'manual',
    signal: AbortSignal.any([AbortSignal.timeout(ANSWER_MAX_MS), ...(signal === undefined ? [] : [signal])]),
  });
  if (response.ok) {
    await response.body?.cancel();
    return;
  }
  const waitMs = retryAfterMs(response.headers.get('retry-after'), RETRY_AFTER_MAX_MS);
  throw new RetryLaterError(await answerProblem(response), waitMs);
}
