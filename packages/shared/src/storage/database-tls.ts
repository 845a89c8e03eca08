import type { ConnectionOptions } from 'node:tls';
import { parse } from 'pg-connection-string';

/**
 * TLS options of a database URL: `sslmode`, `sslrootcert`, `sslcert` and `sslkey` mean what they mean to node-postgres. `require`
 * verifies the certificate, too; `no-verify` does not. Without them `false`: plain text.
 * MikroORM takes a URL apart by itself and drops all of this, so that the connection would be plain whatever was asked for.
 * @throws where a named file cannot be read
 */
export function tlsOptionsOf(url: string): boolean | ConnectionOptions {
  // Said explicitly what node-postgres does with these anyway, and warns about at every start.
  const { ssl } = parse(url.replace(/(?<=[?&]sslmode=)(?:prefer|require|verify-ca)(?=&|$)/, 'verify-full'));
  if (ssl === undefined || ssl === null) return false;
  if (typeof ssl === 'string') return ssl !== 'false' && ssl !== '0';
  return ssl as boolean | ConnectionOptions;
}
