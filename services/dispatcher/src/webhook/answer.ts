import { printable } from '@vigil/shared/text/printable';

/** So much of what a receiver says is shown. */
const ANSWER_CHARS = 200;

/** A receiver may ask for no longer rest than this: alerts would be worth nothing then. */
const RETRY_AFTER_MAX_MS = 15 * 60_000;

/** What to tell of an answer that is no 2xx. */
export async function answerProblem(response: Response): Promise<string> {
  const said = await startOf(response);
  const status = `the webhook answered ${response.status}`;
  if (response.status >= 300 && response.status < 400)
    return `${status}: redirects are not followed; set WEBHOOK_URL to where it leads`;
  return said === '' ? status : `${status}: ${printable(said)}`;
}

/** Of `Retry-After` (RFC 9110, 10.2.3), seconds or a date, milliseconds; 0 where it says nothing that can be followed. */
export function retryAfterMs(value: string | null, nowMs = Date.now()): number {
  if (value === null) return 0;
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - nowMs;
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), RETRY_AFTER_MAX_MS);
}

/** The rest is left where it is: an answer may have no end. */
async function startOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length >= ANSWER_CHARS) break;
  }
  return text.slice(0, ANSWER_CHARS).trim();
}
