import { loadConfig } from '@vigil/shared/config/load-config';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { webhookFields, webhookSinks } from './config.ts';

const read = (env: Record<string, string>) => loadConfig(z.object(webhookFields), env);

it('tells nobody where nobody is named', () => {
  expect(webhookSinks(read({}))).toEqual([]);
  expect(webhookSinks(read({ WEBHOOK_URL: 'https://chat.example/hook' }))).toHaveLength(1);
});

it.each([
  [{}, 0],
  [{ WEBHOOK_FORMAT: 'text' }, 60_000],
  [{ WEBHOOK_FORMAT: 'text', WEBHOOK_INTERVAL_MS: '0' }, 0],
])('tells a webhook with %o of what comes from now on, every %i ms at most', (env, intervalMs) => {
  const sinks = webhookSinks(read({ WEBHOOK_URL: 'https://chat.example/hook', ...env }));
  expect(sinks).toMatchObject([{ name: 'webhook', startsAtEnd: true, intervalMs }]);
});

it.each([
  { WEBHOOK_URL: 'chat.example/hook' },
  { WEBHOOK_URL: 'file:///etc/passwd' },
  { WEBHOOK_FORMAT: 'slack' },
  { WEBHOOK_SEVERITY_MIN: 'LOW' },
  { WEBHOOK_SECRET: 'whsec_dG9vIHNob3J0' },
  { WEBHOOK_SECRET: `whsec_${'#'.repeat(44)}` },
  { WEBHOOK_SECRET: Buffer.alloc(32).toString('base64') },
  { WEBHOOK_LINK: 'javascript:alert(1)' },
  { WEBHOOK_HEADERS: 'Bearer hunter2' },
  { WEBHOOK_HEADERS: 'X Api Key: hunter2' },
  { WEBHOOK_HEADERS: 'X-Api-Key: hunter2\u2028' },
  { WEBHOOK_HEADERS: 'X-Api-Key: hunter2\nContent-Type: text/plain' },
  { WEBHOOK_HEADERS: 'Transfer-Encoding: chunked' },
  { WEBHOOK_HEADERS: 'webhook-id: hunter2' },
])('refuses %o by the name of the variable', (env) => {
  expect(() => read(env)).toThrow(Object.keys(env)[0]);
});

it('takes headers one a line, and repeats none that it refuses', () => {
  const lines = 'Authorization: Splunk B5A79AAD\r\n\nX-Site:  shop: north \n';
  expect(read({ WEBHOOK_HEADERS: lines }).WEBHOOK_HEADERS).toEqual({
    authorization: 'Splunk B5A79AAD',
    'x-site': 'shop: north',
  });
  expect(() => read({ WEBHOOK_HEADERS: 'X-Key: hunter2\u0000' })).toThrow(/^((?!hunter2)[^])*$/);
});

it.each([24, 32, 64])('takes a secret of %i bytes, with padding or without', (bytes) => {
  const secret = `whsec_${Buffer.alloc(bytes, 1).toString('base64')}`;
  expect(read({ WEBHOOK_SECRET: secret }).WEBHOOK_SECRET).toBe(secret);
  expect(() => read({ WEBHOOK_SECRET: secret.replace(/=+$/, '') })).not.toThrow();
});
