import { z } from 'zod';
import { httpUrl, nonNegativeMs } from '@vigil/shared/config/fields';
import { alertSeveritySchema } from '@vigil/shared/contracts';
import type { AlertSink } from '../alert-sink.ts';
import { createWebhookSink } from './webhook-sink.ts';

/** Of a secret as Standard Webhooks has them; the specification asks for 24 to 64 bytes. */
const SECRET_PREFIX = 'whsec_';
const SECRET_BYTES_MIN = 24;
const SECRET_BYTES_MAX = 64;

/** People read no more than a message a minute; programs have no reason to wait. */
const TEXT_INTERVAL_MS = 60_000;

const secret = z
  .string()
  .refine(
    (text) => isSecret(text),
    `must be ${SECRET_PREFIX} and ${SECRET_BYTES_MIN} to ${SECRET_BYTES_MAX} bytes in base64`,
  );

/** What Vigil itself says of each request, and what belongs to the connection. */
const OWN_HEADERS = /^(?:content-.*|webhook-.*|connection|keep-alive|transfer-encoding|te|trailer|upgrade|expect)$/i;

const headers = z
  .string()
  .transform(headersOf)
  .refine((given) => given !== undefined, 'must be headers, one a line: Authorization: Bearer …')
  .refine(
    (given) => !Object.keys(given ?? {}).some((name) => OWN_HEADERS.test(name)),
    'must name none that Vigil sets itself, such as Content-Type',
  );

/** What tells alerts by HTTP, of the dispatcher and of the embedded mode. */
export const webhookFields = {
  WEBHOOK_URL: httpUrl
    .optional()
    .describe('Told of alerts by POST: a program of yours, or the incoming webhook of a chat.'),
  WEBHOOK_FORMAT: z
    .enum(['json', 'text'])
    .default('json')
    .describe('json: every alert, for programs. text: summaries for people, as Slack and Mattermost take them.'),
  WEBHOOK_HEADERS: headers
    .optional()
    .describe('Sent with every request, one a line: Authorization: Bearer …, or what else the receiver asks for.'),
  WEBHOOK_SECRET: secret.optional().describe('Signs what is sent, after Standard Webhooks: whsec_… in base64.'),
  WEBHOOK_SEVERITY_MIN: alertSeveritySchema.default('MEDIUM').describe('Least severity that the webhook is told.'),
  WEBHOOK_INTERVAL_MS: nonNegativeMs
    .optional()
    .describe(
      `Least time between what the webhook is told, in which alerts gather: 0 for json, ${TEXT_INTERVAL_MS} for text.`,
    ),
  WEBHOOK_LINK: httpUrl.optional().describe('Stands below each text: the address of the console.'),
};
export type WebhookConfig = z.infer<z.ZodObject<typeof webhookFields>>;

/** The sink that is configured; none without `WEBHOOK_URL`. */
export function webhookSinks(config: WebhookConfig): AlertSink[] {
  if (config.WEBHOOK_URL === undefined) return [];
  return [
    createWebhookSink({
      url: config.WEBHOOK_URL,
      format: config.WEBHOOK_FORMAT,
      headers: config.WEBHOOK_HEADERS,
      secret: config.WEBHOOK_SECRET === undefined ? undefined : keyOf(config.WEBHOOK_SECRET),
      severityMin: config.WEBHOOK_SEVERITY_MIN,
      intervalMs: config.WEBHOOK_INTERVAL_MS ?? (config.WEBHOOK_FORMAT === 'text' ? TEXT_INTERVAL_MS : 0),
      link: config.WEBHOOK_LINK,
    }),
  ];
}

/** Of lines `Name: value`; undefined where one is none. */
function headersOf(text: string): Record<string, string> | undefined {
  const given = new Headers();
  for (const line of text.split(/\r?\n/).filter((one) => one.trim() !== '')) {
    const colon = Math.max(0, line.indexOf(':'));
    try {
      given.append(line.slice(0, colon).trim(), line.slice(colon + 1));
    } catch {
      return undefined;
    }
  }
  return Object.fromEntries(given);
}

function isSecret(text: string): boolean {
  if (!text.startsWith(SECRET_PREFIX)) return false;
  const key = keyOf(text);
  // What Buffer leaves out as no base64 would silently weaken the key.
  const isWhole = key.toString('base64').replace(/=+$/, '') === text.slice(SECRET_PREFIX.length).replace(/=+$/, '');
  return isWhole && key.length >= SECRET_BYTES_MIN && key.length <= SECRET_BYTES_MAX;
}

function keyOf(text: string): Buffer {
  return Buffer.from(text.slice(SECRET_PREFIX.length), 'base64');
}
