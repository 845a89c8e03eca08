import { loadConfig } from '@vigil/shared/config/load-config';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { withNamedOutputs } from '../outputs.ts';
import { webhookFields, webhookSinks } from './config.ts';

const read = (env: Record<string, string>) => loadConfig(withNamedOutputs(z.object(webhookFields), env), env);

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

it('tells each webhook that is named as its own variables say, beside the one without a name', () => {
  const named = {
    WEBHOOKS: 'chat, siem_eu,',
    WEBHOOK_CHAT_URL: 'https://chat.example/hook',
    WEBHOOK_CHAT_FORMAT: 'text',
    WEBHOOK_SIEM_EU_URL: 'https://siem.example/alerts',
    WEBHOOK_SIEM_EU_INTERVAL_MS: '5000',
  };
  const chat = { name: 'webhook:chat', startsAtEnd: true, intervalMs: 60_000 };
  const siem = { name: 'webhook:siem_eu', startsAtEnd: true, intervalMs: 5_000 };
  expect(webhookSinks(read(named))).toMatchObject([chat, siem]);
  const unnamed = { WEBHOOK_URL: 'https://all.example/', WEBHOOK_INTERVAL_MS: '7' };
  expect(webhookSinks(read({ ...named, ...unnamed }))).toMatchObject([{ name: 'webhook', intervalMs: 7 }, chat, siem]);
});

const CHAT = { WEBHOOKS: 'chat', WEBHOOK_CHAT_URL: 'https://chat.example/hook' };

it.each([
  [{ WEBHOOKS: 'chat' }, 'WEBHOOK_CHAT_URL is not set (must be an http:// or https:// URL)'],
  [{ ...CHAT, WEBHOOK_CHAT_URL: 'chat.example/hook' }, 'WEBHOOK_CHAT_URL: must be an http:// or https:// URL'],
  [{ ...CHAT, WEBHOOK_CHAT_FORMAT: 'slack' }, 'WEBHOOK_CHAT_FORMAT: '],
  [{ ...CHAT, WEBHOOK_CHAT_SECRET: 'hunter2' }, 'WEBHOOK_CHAT_SECRET: must be whsec_'],
  [{ ...CHAT, WEBHOOKS: 'chat,chat' }, 'WEBHOOKS: must name each of them once'],
  [{ ...CHAT, WEBHOOKS: 'Chat' }, 'WEBHOOKS: must be names of lower-case letters'],
  [{ ...CHAT, WEBHOOKS: 'chat;siem' }, 'WEBHOOKS: must be names of lower-case letters'],
  [{ ...CHAT, WEBHOOKS: 'siem-eu' }, 'WEBHOOKS: must be names of lower-case letters'],
  [{ ...CHAT, WEBHOOK_SIEM_EU_URL: 'https://siem.example/' }, 'WEBHOOK_SIEM_EU_URL: WEBHOOKS does not name siem_eu'],
  [{ WEBHOOK_CHAT_SEVERITY_MIN: 'HIGH' }, 'WEBHOOK_CHAT_SEVERITY_MIN: WEBHOOKS does not name chat'],
])('refuses %o, says why, and repeats no secret', (env, problem) => {
  expect(() => read(env)).toThrow(`1 problem(s):\n  - ${problem}`);
  expect(() => read(env)).toThrow(/^((?!hunter2|example)[^])*$/);
});

it('takes for its own neither what Kubernetes sets for a service, nor what is empty', () => {
  const env = { WEBHOOK_CHAT_SERVICE_HOST: '10.0.0.7', WEBHOOK_CHAT_PORT: 'tcp://10.0.0.7:80', WEBHOOK_SIEM_URL: '' };
  expect(webhookSinks(read({ ...env, WEBHOOKS: '' }))).toEqual([]);
});
