import type { NodeConnectionOptions } from '@nats-io/transport-node';

type UrlOptions = Pick<NodeConnectionOptions, 'servers' | 'tls' | 'user' | 'pass' | 'token'>;

/**
 * What a NATS URL says, in the client's terms. The client itself ignores the scheme and encrypts only where the server asks for it,
 * so `tls://` must be made a demand: otherwise anyone between could take the server's word out and read along. Credentials in the
 * URL (`nats://user:password@host`, `nats://token@host`) are ignored by the client, too.
 */
export function natsOptionsOf(text: string): UrlOptions {
  const url = new URL(text);
  const user = decodeURIComponent(url.username);
  const pass = decodeURIComponent(url.password);
  return {
    servers: `${url.hostname}:${url.port === '' ? '4222' : url.port}`,
    ...(url.protocol === 'tls:' ? { tls: {} } : {}),
    ...(pass !== '' ? { user, pass } : {}),
    ...(pass === '' && user !== '' ? { token: user } : {}),
  };
}
