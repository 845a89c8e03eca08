import { expect, test } from 'vitest';
import { redactConfig } from './redact.ts';

test('a printed configuration holds no secret, in whatever it stands', () => {
  const shown = redactConfig({
    LOG_LEVEL: 'info',
    PORT: 8080,
    DATABASE_URL: 'postgres://vigil:hunter2@db:5432/vigil?sslmode=require',
    REDIS_URL: 'rediss://:hunter2@redis:6379/0',
    JWT_JWKS_URL: 'https://issuer.example/keys?access_token=hunter2',
    WEBHOOK_URL: 'https://hooks.example/services/hunter2',
    WEBHOOK_HEADERS: { authorization: 'Bearer hunter2' },
    WEBHOOK_CHAT_URL: 'https://hooks.example/services/hunter2',
    WEBHOOK_OUR_SIEM_HEADERS: { authorization: 'Bearer hunter2' },
    JWT_SECRET: 'hunter2-hunter2-hunter2',
    TICKET_SECRET: undefined,
    SMTP_PASSPHRASE: 'hunter2',
    VIGIL_API_KEYS: [{ name: 'ops', sha256: 'hunter2', scopes: ['admin'] }],
  });
  expect(JSON.stringify(shown)).not.toContain('hunter2');
  expect(shown).toMatchObject({
    LOG_LEVEL: 'info',
    PORT: 8080,
    DATABASE_URL: 'postgres://vigil:***@db:5432/vigil?sslmode=require',
    TICKET_SECRET: undefined,
  });
});
