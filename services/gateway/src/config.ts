import { z } from 'zod';
import { apiKeysField } from '@vigil/shared/auth/api-keys';
import {
  commaList,
  databaseUrl,
  httpUrl,
  nonNegativeMs,
  port,
  positiveInt,
  queuePrefix,
  redisUrl,
  serviceFields,
  trustedProxies,
} from '@vigil/shared/config/fields';
import { loadConfig } from '@vigil/shared/config/load-config';
import { isOrigin } from './auth/origins.ts';

/** Clients time two and a half of it, and proxies let go of what is silent long before. */
const PING_INTERVAL_MS_MAX = 60 * 60 * 1000;

/** What the gateway's parts need whichever process they run in; the embedded mode gives it without an environment. */
export const gatewaySettingsFields = {
  WS_ORIGINS: commaList
    .refine(
      (origins) => origins.every(isOrigin),
      'must be origins as browsers send them, such as https://console.example.org, with neither a path nor the default port, comma-separated; or *',
    )
    .default([])
    .describe(
      "Origins (`https://console.example.org`) whose pages may open the stream; the gateway's own always may. `*`: any.",
    ),
  TRUSTED_PROXIES: trustedProxies.describe('Proxies (addresses or CIDRs) whose `X-Forwarded-For` is believed.'),
  JWT_SECRET: z
    .string()
    .min(32, 'must have at least 32 characters')
    .optional()
    .describe('HMAC secret of the tokens that `/ws/alerts` takes.'),
  JWT_JWKS_URL: httpUrl.optional().describe("Where the public keys of the tokens' issuer are."),
  JWT_ISSUER: z.string().optional().describe('What `iss` must be in a token.'),
  JWT_AUDIENCE: z.string().optional().describe('What `aud` must be in a token.'),
  TICKET_SECRET: z
    .string()
    .min(32, 'must have at least 32 characters')
    .optional()
    .describe(
      'Signs the tickets of `POST /ws/ticket`. Needed, and the same, where several gateways stand behind one address.',
    ),
  WS_BUFFER_BYTES_MAX: positiveInt
    .default(1024 * 1024)
    .describe('A client with more unsent bytes than this is closed with its cursor.'),
  WS_MESSAGE_BYTES_MAX: positiveInt.default(4096).describe('Largest message that a client may send.'),
  WS_CONNECTIONS_MAX: positiveInt.default(20_000).describe('Listeners at once.'),
  WS_CONNECTIONS_PER_IP_MAX: positiveInt.default(1_000).describe('Listeners at once per IPv4 address, or /64 of IPv6.'),
  WS_CONNECTIONS_PER_KEY_MAX: positiveInt.default(10_000).describe('Listeners at once per key.'),
  WS_CONNECTS_PER_SECOND_MAX: positiveInt
    .default(50)
    .describe(
      'New stream connections per second of one key at an address (IPv6: /64), and of all without one there; five times as many at once.',
    ),
  CONSOLE_DIR: z.string().optional().describe("Folder of the built console; by default the workspace's."),
  WS_PING_INTERVAL_MS: positiveInt
    .max(PING_INTERVAL_MS_MAX)
    .default(15_000)
    .describe('How often listeners are pinged; whoever has not answered by the next ping is dropped.'),
  WS_DRAIN_MS: nonNegativeMs
    .default(5_000)
    .describe('Time over which a stopping gateway spreads the closing of its clients.'),
  RECENT_ALERTS_MAX: positiveInt.default(8_192).describe('Recent alerts kept in memory for those who resume.'),
  REPLAY_ALERTS_MAX: positiveInt
    .default(1_000_000)
    .describe('Most alerts that one resume replays; what is older is a gap.'),
  REQUESTS_PER_MINUTE_MAX: positiveInt
    .default(1_200)
    .describe('REST requests per minute and key or address (IPv6: /64); a quarter of them at once.'),
};

export const gatewayConfigSchema = z.object({
  ...serviceFields,
  ...gatewaySettingsFields,
  PORT: port.default(8080).describe('Carries the console, REST and the stream.'),
  DATABASE_URL: databaseUrl,
  DATABASE_POOL_MAX: positiveInt.default(8).describe('Connections to PostgreSQL.'),
  REDIS_URL: redisUrl,
  QUEUE_PREFIX: queuePrefix,
  VIGIL_API_KEYS: apiKeysField
    .default([])
    .describe("Keys, comma-separated: `name:scope+scope:key`, or `sha256=<hex>` in the key's place."),
});
export type GatewayConfig = z.infer<typeof gatewayConfigSchema>;

const gatewaySettingsSchema = z.object(gatewaySettingsFields);
export type GatewaySettings = z.infer<typeof gatewaySettingsSchema>;

/** Settings with their defaults, for compositions that need no environment (embedded mode, tests). */
export function gatewaySettings(given: Partial<GatewaySettings> = {}): GatewaySettings {
  return { ...gatewaySettingsSchema.parse({}), ...given };
}

/** @throws ConfigError that names every variable at fault */
export function readConfig(env: NodeJS.ProcessEnv): GatewayConfig {
  return loadConfig(gatewayConfigSchema, env);
}
