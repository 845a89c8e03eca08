import { expect, it } from 'vitest';
import { readConfig } from './config.ts';

const CONFIG = { DATABASE_URL: 'postgres://h/d', REDIS_URL: 'redis://h' };

it.each(['VIGIL_ALERTS', 'alerts-2', 'Alarme_\u00fc'])('takes %s for the name of a stream', (name) => {
  expect(readConfig({ ...CONFIG, NATS_STREAM: name }).NATS_STREAM).toBe(name);
});

it.each(['vigil.alerts', 'vigil alerts', 'alerts.>', '*', 'a/b', 'a\\b', 'a\tb'])(
  'refuses to start with %j for the name of a stream, which JetStream would refuse for ever',
  (name) => {
    expect(() => readConfig({ ...CONFIG, NATS_STREAM: name })).toThrow('NATS_STREAM: must be a name without blanks');
  },
);
