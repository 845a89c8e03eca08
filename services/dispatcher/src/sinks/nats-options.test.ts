import { expect, it } from 'vitest';
import { natsOptionsOf } from './nats-options.ts';

it.each([
  ['nats://nats.example', { servers: 'nats.example:4222' }],
  ['nats://nats.example:4333', { servers: 'nats.example:4333' }],
  ['tls://nats.example', { servers: 'nats.example:4222', tls: {} }],
  ['nats://ann:p%40ss@nats.example', { servers: 'nats.example:4222', user: 'ann', pass: 'p@ss' }],
  ['tls://t%2Fken@nats.example', { servers: 'nats.example:4222', tls: {}, token: 't/ken' }],
])('takes from %s what the client would not', (url, options) => {
  expect(natsOptionsOf(url)).toEqual(options);
});
