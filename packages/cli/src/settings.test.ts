import { expect, it } from 'vitest';
import { misspeltSettings } from './settings.ts';

it.each([
  ['INGEST_FORMT', 'INGEST_FORMAT'],
  ['INGEST_FROMAT', 'INGEST_FORMAT'],
  ['ingest_format', 'INGEST_FORMAT'],
  ['RETENTION_DAY', 'RETENTION_DAYS'],
  ['WEBHOOK-URL', 'WEBHOOK_URL'],
  ['WEBHOOK', 'WEBHOOKS'],
])('knows what %s is probably meant for', (given, meant) => {
  expect(misspeltSettings({ [given]: '1' })).toEqual([{ given, meant }]);
});

it.each([
  'INGEST_FORMAT',
  'VIGIL_API_KEY',
  'VIGIL_API_KEYS',
  'VIGIL_URL',
  'POST',
  'HOSTS',
  'REDIS_PORT',
  'NATS_PORT',
  'REDIS_SERVICE_HOST',
  'LOGNAME',
  'PATH',
  'TRUSTED_PROXY',
])('takes %s for nothing else', (given) => {
  expect(misspeltSettings({ [given]: '1' })).toEqual([]);
});

it('knows the variables of the webhooks that are named', () => {
  const chat = { WEBHOOKS: 'chat', WEBHOOK_CHAT_URL: 'https://chat.example/' };
  expect(misspeltSettings({ ...chat, WEBHOOK_CHAT_FORMT: 'text' })).toEqual([
    { given: 'WEBHOOK_CHAT_FORMT', meant: 'WEBHOOK_CHAT_FORMAT' },
  ]);
  expect(misspeltSettings({ ...chat, WEBHOOK_CHAT_FORMAT: 'text' })).toEqual([]);
});

it('says nothing where what was meant is set as well', () => {
  expect(misspeltSettings({ INGEST_FORMT: 'auto', INGEST_FORMAT: 'auto' })).toEqual([]);
});
