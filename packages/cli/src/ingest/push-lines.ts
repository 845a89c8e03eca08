import { retryAfterMs } from '@vigil/shared/http/retry-after';
import { retry, RetryLaterError } from '@vigil/shared/lifecycle/retry';
import { printable } from '@vigil/shared/text/printable';
import { UserError } from '../exit.ts';

const RETRY_AFTER_MAX_MS = 60_000;
const EXCERPT_MAX = 200;

export interface PushTarget {
  /** The ingestor's `/ingest/batch`. */
  url: URL;
  /** API key with the scope `ingest`. */
  key: string | undefined;
  /** Name of the source that the lines are put down to. */
  source: string;
  /** Told when the ingestor takes nothing for now, at the first time and then now and again. */
  onBusy?: (problem: string) => void;
  signal?: AbortSignal;
}

/** An `onBusy` that tells whoever waits at a terminal. */
export const tellBusy =
  ({ origin }: URL) =>
  (problem: string): void =>
    console.error(printable(`${origin} does not take lines (${problem}); trying on`));

/** What became of the lines of one push. */
export interface PushAnswer {
  accepted: number;
  /** Lines by reason. */
  rejected: Record<string, number>;
}

/**
 * Sends lines as one batch, again and with the same id for as long as the ingestor cannot be reached or answers 429 or 503, and not
 * before the time that it asks for. Lines and key go to this address alone: a redirect is an error.
 * @throws UserError where it refuses them for good, and the signal's reason
 */
export async function pushLines(target: PushTarget, batchId: string, lines: Buffer): Promise<PushAnswer> {
  return retry(() => pushOnce(target, batchId, lines), {
    delayMs: 500,
    ...(target.signal && { signal: target.signal }),
    isTransient: (error) => !(error instanceof UserError),
    onRetry: (error, attempt) => {
      if (attempt === 1 || attempt % 10 === 0) target.onBusy?.(reasonOf(error));
    },
  });
}

async function pushOnce({ url, key, source, signal }: PushTarget, batchId: string, lines: Buffer): Promise<PushAnswer> {
  const address = new URL(url);
  address.searchParams.set('source', source);
  address.searchParams.set('batch_id', batchId);
  const response = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'text/plain', ...(key !== undefined && { 'x-api-key': key }) },
    body: new Uint8Array(lines),
    redirect: 'manual',
    ...(signal && { signal }),
  });
  const text = await response.text();
  if (response.status === 503 || response.status === 429) {
    const waitMs = retryAfterMs(response.headers.get('retry-after'), RETRY_AFTER_MAX_MS);
    throw new RetryLaterError(detailOf(text), waitMs);
  }
  const elsewhere = response.headers.get('location');
  if (!response.ok && elsewhere !== null)
    throw new UserError(`${url.href} redirects to ${elsewhere}: give that address instead`);
  const answer = response.ok ? (fromJson(text) as Partial<PushAnswer> | undefined) : undefined;
  if (answer?.accepted === undefined)
    throw new UserError(`${url.href} refuses the lines (${response.status}): ${detailOf(text)}`);
  return { accepted: answer.accepted, rejected: answer.rejected ?? {} };
}

/** `fetch` itself tells what went wrong in the cause alone. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}

/** What a problem document says; where somebody else answers, a proxy for one, the beginning of that. */
function detailOf(text: string): string {
  const { detail } = (fromJson(text) ?? {}) as { detail?: unknown };
  return typeof detail === 'string' ? detail : text.slice(0, EXCERPT_MAX).trim();
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
