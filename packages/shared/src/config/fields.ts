import { z } from 'zod';
import { areProxies } from '../http/client-address.ts';
import { DEFAULT_QUEUE_PREFIX } from '../redis/queue-prefix.ts';

/** Pieces that the services' `config.ts` are made of. */

/** What a schema is given as its error holds for its bounds, too, unless it tells them apart. */
const wholeNumber = z.coerce.number({ error: numberProblem }).int();
export const port = wholeNumber.min(0).max(65_535);
export const positiveInt = wholeNumber.positive();
export const nonNegativeInt = wholeNumber.nonnegative();
export const nonNegativeNumber = z.coerce.number('must be a number, 0 or more').nonnegative();

/** The longest that a timer waits, some 24 days; given more, it does not wait at all. */
const TIMER_MS_MAX = 2 ** 31 - 1;
export const positiveMs = positiveInt.max(TIMER_MS_MAX);
export const nonNegativeMs = nonNegativeInt.max(TIMER_MS_MAX);

export const redisUrl = z
  .url({ protocol: /^rediss?$/, error: 'must be a redis:// or rediss:// URL' })
  .describe('Redis with the queues and the windows, policy noeviction.');
export const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' });
export const natsUrl = z.url({ protocol: /^(nats|tls)$/, error: 'must be a nats:// or tls:// URL' });
export const queuePrefix = z
  .string()
  .min(1)
  .default(DEFAULT_QUEUE_PREFIX)
  .describe(
    "Prefix of all keys in Redis, and of the alerts' channel where it is not the default; the same for every service.",
  );
export const databaseUrl = z
  .url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' })
  .describe('PostgreSQL with events, alerts and keys.');

/** Comma-separated list; empty entries are dropped. */
export const commaList = z.string().transform((text) =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== ''),
);

/** Proxies in front of a service, whose `X-Forwarded-For` it believes. */
export const trustedProxies = commaList
  .refine(areProxies, 'must be addresses or networks such as 10.0.0.0/8, comma-separated')
  .default([]);

/** What every service has. */
export const serviceFields = {
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('Least severe record that is logged; debug also tells of lines that score LOW.'),
  HOST: z.string().default('0.0.0.0').describe('Address to listen on.'),
  OPS_PORT: port.default(9464).describe('Port of `/health`, `/ready` and `/metrics`, without a key: keep it inside.'),
  SHUTDOWN_TIMEOUT_MS: positiveMs
    .default(20_000)
    .describe('Longest time that a shutdown may take before the process leaves anyway.'),
};

function numberProblem(issue: z.core.$ZodRawIssue): string {
  if (issue.code === 'too_big') return `must be at most ${issue.maximum}`;
  if (issue.code === 'too_small') return `must be ${issue.inclusive === false ? 'above' : 'at least'} ${issue.minimum}`;
  return 'must be a whole number';
}
