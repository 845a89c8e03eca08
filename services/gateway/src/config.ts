import { z } from 'zod';
import { apiKeysField } from '@vigil/shared/auth/api-keys';
import {
  commaList,
  databaseUrl,
  nonNegativeInt,
  port,
  positiveInt,
  queuePrefix,
  redisUrl,
  serviceFields,
  trustedProxies,
} from '@vigil/shared/config/fields';
import { loadConfig } from '@vigil/shared/config/load-config';

/** What the gateway's parts need whichever process they run in; the embedded mode gives it without an environment. */
export const gatewaySettingsFields = {
  /** Origins (`https://console.example.org`) whose pages may open the stream; the gateway's own always may. `*`: any. */
  WS_ORIGINS: commaList.default([]),
  /** Proxies (addresses or CIDRs) whose `X-Forwarded-For` is believed. */
  TRUSTED_PROXIES: trustedProxies,
  /** HMAC secret of the tokens that `/ws/alerts` takes. */
  JWT_SECRET: z.string().min(32, 'must have at least 32 characters').optional(),
  /** Where the public keys of the tokens' issuer are. */
  JWT_JWKS_URL: z.url({ protocol: /^https?$/ }).optional(),
  JWT_ISSUER: z.string().optional(),
  JWT_AUDIENCE: z.string().optional(),
  /** Signs the tickets of `POST /ws/ticket`. Needed, and the same, where several gateways stand behind one address. */
  TICKET_SECRET: z.string().min(32, 'must have at least 32 characters').optional(),
  /** A client with more unsent bytes than this is closed with its cursor. */
  WS_BUFFER_BYTES_MAX: positiveInt.default(1024 * 1024),
  /** Largest message that a client may send. */
  WS_MESSAGE_BYTES_MAX: positiveInt.default(4096),
  WS_CONNECTIONS_MAX: positiveInt.default(20_000),
  /** Per IPv4 address, or /64 of IPv6. */
  WS_CONNECTIONS_PER_IP_MAX: positiveInt.default(1_000),
  WS_CONNECTIONS_PER_KEY_MAX: positiveInt.default(10_000),
  /** New stream connections per second of one key at an address (IPv6: /64), and of all without one there; five times as many at once. */
  WS_CONNECTS_PER_SECOND_MAX: positiveInt.default(50),
  /** Folder of the built console; by default the workspace's. */
  CONSOLE_DIR: z.string().optional(),
  WS_PING_INTERVAL_MS: positiveInt.default(15_000),
  /** Time over which a stopping gateway spreads the closing of its clients. */
  WS_DRAIN_MS: nonNegativeInt.default(5_000),
  /** Recent alerts kept in memory for those who resume. */
  RECENT_ALERTS_MAX: positiveInt.default(8_192),
  /** Most alerts that one resume replays; what is older is a gap. */
  REPLAY_ALERTS_MAX: positiveInt.default(1_000_000),
  /** REST requests per minute and key or address (IPv6: /64); a quarter of them at once. */
  REQUESTS_PER_MINUTE_MAX: positiveInt.default(1_200),
};

export const gatewayConfigSchema = z.object({
  ...serviceFields,
  ...gatewaySettingsFields,
  PORT: port.default(8080),
  DATABASE_URL: databaseUrl,
  DATABASE_POOL_MAX: positiveInt.default(8),
  REDIS_URL: redisUrl,
  QUEUE_PREFIX: queuePrefix,
  VIGIL_API_KEYS: apiKeysField.default([]),
});
export type GatewayConfig = z.infer<typeof gatewayConfigSchema>;

const gatewaySettingsSchema = z.object(gatewaySettingsFields);
export type GatewaySettings = z.infer<typeof gatewaySettingsSchema>;

/** Settings with their defaults, for compositions that need no environment (embedded mode, tests). */
export function gatewaySettings(given: Partial<GatewaySettings> = {}): GatewaySettings {
  return { ...gatewaySettingsSchema.parse({}), ...given };
}

/** @throws ConfigError */
export function readGatewayConfig(env: NodeJS.ProcessEnv): GatewayConfig {
  return loadConfig(gatewayConfigSchema, env);
}
