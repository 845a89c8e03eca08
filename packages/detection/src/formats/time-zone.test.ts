import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTimeZone, timeZone } from './time-zone.ts';

const inZone = (name: string, local: string): string => new Date(timeZone(name)(Date.parse(`${local}Z`))).toISOString();

describe('a time without a zone', () => {
  it.each([
    ['Europe/Berlin', '2026-01-15T12:00:00', '2026-01-15T11:00:00.000Z'],
    ['Europe/Berlin', '2026-07-15T00:30:00', '2026-07-14T22:30:00.000Z'],
    ['Asia/Kathmandu', '2026-03-02T05:45:21', '2026-03-02T00:00:21.000Z'],
    ['America/New_York', '2026-12-31T23:59:59', '2027-01-01T04:59:59.000Z'],
    ['+05:30', '2026-03-02T05:30:00', '2026-03-02T00:00:00.000Z'],
    ['UTC', '2026-03-02T05:30:00', '2026-03-02T05:30:00.000Z'],
    // At both ends of what is taken for a time.
    ['Africa/Monrovia', '1970-01-01T00:00:00', '1970-01-01T00:44:30.000Z'],
    ['Pacific/Kiritimati', '1970-01-01T00:00:00', '1970-01-01T10:40:00.000Z'],
    ['Pacific/Apia', '9998-12-31T12:00:00', '9998-12-30T23:00:00.000Z'],
  ])('is one of %s: %s', (name, local, utc) => expect(inZone(name, local)).toBe(utc));

  it.each([
    ['the last moment of winter', '2026-03-29T01:59:59', '2026-03-29T00:59:59.000Z'],
    ['an hour that there is not', '2026-03-29T02:30:00', '2026-03-29T01:30:00.000Z'],
    ['the first moment of summer', '2026-03-29T03:00:00', '2026-03-29T01:00:00.000Z'],
    ['an hour that there is twice', '2026-10-25T02:30:00', '2026-10-25T00:30:00.000Z'],
    ['the hour after it', '2026-10-25T03:00:00', '2026-10-25T02:00:00.000Z'],
    ['a fraction of a second in summer', '2026-03-29T03:00:00.655', '2026-03-29T01:00:00.655Z'],
    ['a fraction of a second on the next day', '2026-03-30T12:00:00.001', '2026-03-30T10:00:00.001Z'],
    ['a fraction of a second in winter', '2026-10-25T03:00:00.999', '2026-10-25T02:00:00.999Z'],
  ])('is right where the clocks of Berlin change: %s', (_what, local, utc) =>
    expect(inZone('Europe/Berlin', local)).toBe(utc),
  );

  it.each([
    ['half an hour', 'Australia/Lord_Howe', '2026-04-05T01:45:00', '2026-04-04T14:45:00.000Z'],
    ['at a minute past midnight', 'America/St_Johns', '2010-03-14T00:00:30', '2010-03-14T03:30:30.000Z'],
    ['at a minute past midnight', 'America/St_Johns', '2010-03-14T01:01:00', '2010-03-14T03:31:00.000Z'],
    ['a day, which there was not', 'Pacific/Apia', '2011-12-29T23:59:59', '2011-12-30T09:59:59.000Z'],
    ['a day, which there was not', 'Pacific/Apia', '2011-12-31T00:00:00', '2011-12-30T10:00:00.000Z'],
  ])('is right where clocks change by %s', (_what, name, local, utc) => expect(inZone(name, local)).toBe(utc));

  it('means the same whatever was read before, and what the clocks of the zone then showed', () => {
    const names = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Africa/Casablanca'];
    for (const name of names) {
      const warm = timeZone(name);
      const shown = new Intl.DateTimeFormat('sv', { timeZone: name, dateStyle: 'short', timeStyle: 'medium' });
      const instant = fc.integer({ min: Date.UTC(1990, 0) / 1000, max: Date.UTC(2037, 0) / 1000 });
      fc.assert(
        fc.property(instant, fc.integer({ min: 0, max: 999 }), (seconds, ms) => {
          const local = shown.format(seconds * 1000);
          const localMs = Date.parse(`${local.replace(' ', 'T')}Z`) + ms;
          const read = warm(localMs);
          expect(shown.format(read)).toBe(local);
          expect(read).toBe(timeZone(name)(localMs));
        }),
      );
    }
  });

  it('stays none where it is none', () => expect(timeZone('Europe/Berlin')(Number.NaN)).toBeNaN());
});

it.each([
  ['Europe/Berlin', true],
  ['UTC', true],
  ['-03:30', true],
  ['Nowhere/Bogus', false],
  ['', false],
  ['CEST', false],
  ['UTC+2', false],
])('knows whether there is a zone %s', (name, known) => expect(isTimeZone(name)).toBe(known));
