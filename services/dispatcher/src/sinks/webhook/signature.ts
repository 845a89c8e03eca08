import { createHmac } from 'node:crypto';

/**
 * Value of `webhook-signature` (Standard Webhooks 1.0, "Signature scheme", symmetric).
 * @param timestamp of this try, seconds since 1970, as in `webhook-timestamp`
 */
export function signatureOf(key: Buffer, id: string, timestamp: number, body: string): string {
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
