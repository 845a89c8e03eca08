import { z } from 'zod';
import { commaList, httpUrl, nonNegativeMs } from '@vigil/shared/config/fields';
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

/** As it stands in lower case in the names of cursors and in metrics, and in upper case in those of variables. */
const NAME = /^[a-z][a-z0-9_]*$/;

const names = commaList
  .refine(
    (given) => given.every((name) => NAME.test(name)),
    'must be names of lower-case letters, digits and _, comma-separated, such as chat,siem',
  )
  .refine((given) => new Set(given).size === given.length, 'must name each of them once');

/** Of the webhook that has no name; those of a named one have its name behind `WEBHOOK_`. */
const ownFields = {
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
type OwnConfig = z.infer<z.ZodObject<typeof ownFields>>;

const SETTINGS = Object.keys(ownFields).map((variable) => variable.replace('WEBHOOK_', ''));
const NAMED_VARIABLE = new RegExp(`^WEBHOOK_([A-Z][A-Z0-9_]*)_(?:${SETTINGS.join('|')})$`);

/** What tells alerts by HTTP, of the dispatcher and of the embedded mode. */
export const webhookFields = {
  ...ownFields,
  WEBHOOKS: names
    .default([])
    .describe('Names of further webhooks, comma-separated. Each has variables of its own: WEBHOOK_CHAT_URL of chat.'),
};
export type WebhookConfig = z.infer<z.ZodObject<typeof webhookFields>>;

/**
 * The variables of the webhooks that `WEBHOOKS` names. Those of one that it does not name are refused: nobody would be told, and nobody
 * would notice.
 */
export function namedWebhookFields(env: NodeJS.ProcessEnv): Record<string, z.ZodType> {
  const listed = webhookFields.WEBHOOKS.safeParse(env['WEBHOOKS'] || undefined).data;
  // Which is a problem of its own.
  if (listed === undefined) return {};
  const fields: Record<string, z.ZodType> = {};
  for (const variable of Object.keys(env)) {
    const name = NAMED_VARIABLE.exec(variable)?.[1]?.toLowerCase();
    if (name === undefined || (env[variable] ?? '') === '') continue;
    const problem = `WEBHOOKS does not name ${name}`;
    fields[variable] = z.never(problem).optional().describe(`Read by nothing: ${problem}.`);
  }
  for (const name of listed) {
    for (const [variable, field] of Object.entries(ownFields)) fields[variableOf(variable, name)] = field;
    fields[variableOf('WEBHOOK_URL', name)] = httpUrl.describe(ownFields.WEBHOOK_URL.description!);
  }
  return fields;
}

/** The sinks that are configured: one without a name if there is `WEBHOOK_URL`, and those that `WEBHOOKS` names. */
export function webhookSinks(config: WebhookConfig): AlertSink[] {
  return [sinkOf(config), ...config.WEBHOOKS.map((name) => sinkOf(ofNamed(config, name), name))].filter(
    (sink) => sink !== undefined,
  );
}

function sinkOf(config: OwnConfig, name?: string): AlertSink | undefined {
  if (config.WEBHOOK_URL === undefined) return undefined;
  return createWebhookSink({
    name,
    url: config.WEBHOOK_URL,
    format: config.WEBHOOK_FORMAT,
    headers: config.WEBHOOK_HEADERS,
    secret: config.WEBHOOK_SECRET === undefined ? undefined : keyOf(config.WEBHOOK_SECRET),
    severityMin: config.WEBHOOK_SEVERITY_MIN,
    intervalMs: config.WEBHOOK_INTERVAL_MS ?? (config.WEBHOOK_FORMAT === 'text' ? TEXT_INTERVAL_MS : 0),
    link: config.WEBHOOK_LINK,
  });
}

/** What the variables of a named webhook say, by the names that they have without it. */
function ofNamed(config: Readonly<Record<string, unknown>>, name: string): OwnConfig {
  const given = Object.keys(ownFields).map((variable) => [variable, config[variableOf(variable, name)]]);
  return Object.fromEntries(given) as OwnConfig;
}

function variableOf(ownVariable: string, name: string): string {
  return ownVariable.replace('WEBHOOK_', `WEBHOOK_${name.toUpperCase()}_`);
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
