import { expect, it } from 'vitest';
import { natsUrl } from './fields.ts';

it.each(['nats://nats:4222', 'tls://user:secret@nats.example.org'])('takes %s', (url) => {
  expect(natsUrl.parse(url)).toBe(url);
});

it.each(['ws://nats.example.org', 'wss://nats.example.org/ws'])(
  'refuses %s, since the client speaks to NATS over TCP alone',
  (url) => {
    expect(natsUrl.safeParse(url).error?.issues[0]?.message).toContain('nats:// or tls://');
  },
);
