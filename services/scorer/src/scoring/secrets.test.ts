import { describe, expect, it } from 'vitest';
import { redactLine } from './redact-line.ts';
import { redacted } from '../testing/redacted.ts';
import { Secrets } from './secrets.ts';

it('takes secrets out of evidence, pieces of them too', () => {
  const secrets = new Secrets([['/a?token=SECRETVALUE&q=1', 'field']]);
  expect(secrets.redactExcerpt('SECRETVALUE&q=<script>')).toBe('***&q=<script>');
  expect(secrets.redactExcerpt('RETVALUE&q=<script>')).toBe('***&q=<script>');
  expect(secrets.redactExcerpt('../../x?token=SECRET')).toBe('../../x?token=***');
  expect(secrets.redactExcerpt('../../x?=SECRET')).toBe('../../x?=***');
  expect(secrets.redactExcerpt('CRETVA')).toBe('***');
  expect(secrets.redactExcerpt('a SECRETVALUE b SECRETVALUE c')).toBe('a *** b *** c');
});

it('knows a secret in every form that the engine reads it in', () => {
  const secrets = new Secrets([['/a?token=%2561%25e9+1%26lt%3Bb', 'field']]);
  expect(secrets.redactExcerpt('q a\u00e9 1<b')).toBe('q ***');
  expect(secrets.redactExcerpt('%2561%25e9+1%26lt%3Bb q')).toBe('*** q');
});

describe('work grows no faster than the text', () => {
  const SMALL = 2_000;
  const LARGE = 16_000;
  /** Linear work grows 8-fold between the two sizes and quadratic work 64-fold; the middle of that tells them apart through noise. */
  const GROWTH_MAX = 32;

  const leastMs = (work: () => void): number =>
    Math.min(
      ...Array.from({ length: 3 }, () => {
        const start = process.cpuUsage();
        work();
        const { user, system } = process.cpuUsage(start);
        return (user + system) / 1000;
      }),
    );
  const growth = (work: (length: number) => void): number => {
    const large = leastMs(() => work(LARGE));
    const small = leastMs(() => work(SMALL));
    return large / Math.max(0.1, small);
  };
  /** Once is enough: work that is quadratic never looks linear, while a busy machine makes linear work look quadratic now and then. */
  const isLinear = (work: (length: number) => void): boolean => {
    work(SMALL);
    return [1, 2, 3, 4, 5].some(() => growth(work) < GROWTH_MAX);
  };
  const repeated = (atom: string, length: number): string => atom.repeat(Math.ceil(length / atom.length));
  const numbered = (length: number): string =>
    Array.from({ length: length / 20 }, (_, index) => `pin=%41+xxxx${String(index).padStart(8, '0')}`).join('&');

  it.each(
    `? token %3f ://a: %3a%2f%2f &pin=1 \\u0026pin=1 \\\\ "a= %2525 " \\" %22 %5c %5c%22 "pin" "pin": "pin":{ "pin":[" "pin":1
    #pin=1 %23pin%3d eyJ .eyJ eyJaaaaaaaaaa. %3deyJaaaaaaaaaa.eyJ vgl_ {"pin":"x"}, "pin":"\\" \\"pin\\": %22pin%22:%22 %22pin%22%3a%7b "pin"++ "pin"%20`.split(
      /\s+/,
    ),
  )('on a line of %s', (atom) => {
    const work = (length: number): void => {
      const text = repeated(atom, length);
      redacted(text, 'field');
      redactLine(text, {}, new Secrets([[text, 'field']]));
    };
    expect(isLinear(work)).toBe(true);
  });

  it('with many secrets and much evidence', () => {
    const work = (length: number): void => {
      const secrets = new Secrets([[numbered(length), 'field']]);
      for (let match = 0; match < 64; match += 1) secrets.redactExcerpt(repeated('xxxx0000', 200));
    };
    expect(isLinear(work)).toBe(true);
  });

  it('with secrets and evidence that repeat themselves', () => {
    const work = (length: number): void => {
      const secrets = new Secrets([[`token=${'x'.repeat(length)}y`, 'field']]);
      for (let match = 0; match < 64; match += 1) secrets.redactExcerpt(`${'x'.repeat(100)}z${'x'.repeat(99)}`);
    };
    expect(isLinear(work)).toBe(true);
  });
});
