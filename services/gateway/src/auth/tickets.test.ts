import { expect, it } from 'vitest';
import { TICKET_LIFETIME_SECONDS, Tickets } from './tickets.ts';

const LIFETIME_MS = TICKET_LIFETIME_SECONDS * 1_000;

it('are good for their lifetime and no longer', () => {
  let nowMs = 1_000_000;
  const tickets = new Tickets(undefined, () => nowMs);
  const [used, left] = [tickets.issue('viewer'), tickets.issue('viewer')];
  nowMs += LIFETIME_MS - 1;
  expect(tickets.redeem(used)).toBe('viewer');
  nowMs += 1;
  expect(tickets.redeem(left)).toBeUndefined();
});

it('are not good once more when the gateway forgets that they were used', () => {
  let nowMs = 1_000_000;
  const tickets = new Tickets(undefined, () => nowMs);
  const ticket = tickets.issue('viewer');
  expect(tickets.redeem(ticket)).toBe('viewer');
  nowMs += LIFETIME_MS;
  expect(tickets.redeem(tickets.issue('viewer'))).toBe('viewer');
  expect(tickets.redeem(ticket)).toBeUndefined();
});

it('are good at each gateway that has the secret, and at no other', () => {
  const ticket = new Tickets('a secret of all gateways').issue('viewer');
  expect(new Tickets('a secret of all gateways').redeem(ticket)).toBe('viewer');
  expect(new Tickets('another secret').redeem(ticket)).toBeUndefined();
  expect(new Tickets().redeem(ticket)).toBeUndefined();
});

it('are good once, whatever else is redeemed meanwhile, and nothing else is one', () => {
  const tickets = new Tickets();
  const [one, other] = [tickets.issue('viewer'), tickets.issue('viewer')];
  for (const ticket of [one, other]) expect(tickets.redeem(ticket)).toBe('viewer');
  expect(tickets.redeem(one)).toBeUndefined();
  for (const text of ['', '.', 'x', 'x.y', one.split('.')[0]!, `${one}x`]) expect(tickets.redeem(text)).toBeUndefined();
});
