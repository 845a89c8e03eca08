import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { portions, type Portion } from './portions.ts';

/** `text`, in reads of these lengths, over and over. */
async function* reads(text: string, lengths: readonly number[]): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0, n = 0; at < bytes.length; n += 1) {
    const end = at + lengths[n % lengths.length]!;
    yield bytes.subarray(at, end);
    at = end;
  }
}

async function portionsOf(text: string, lengths: readonly number[] = [1024 * 1024]): Promise<Portion[]> {
  const found: Portion[] = [];
  for await (const portion of portions(reads(text, lengths))) found.push(portion);
  return found;
}

const numbered = (count: number): string => Array.from({ length: count }, (_, index) => `line ${index}\n`).join('');
const linesIn = ({ bytes }: Portion): number => bytes.toString().split('\n').length - 1;
const idsOf = (found: readonly Portion[]): string[] => found.map(({ id }) => id);

describe('portions', () => {
  it('are whole lines that put together are the input', async () => {
    const found = await portionsOf(numbered(4_500));
    expect(found.map(linesIn)).toEqual([2_000, 2_000, 500]);
    expect(found.map(({ bytes }) => bytes.toString()).join('')).toBe(numbered(4_500));
    expect(new Set(idsOf(found)).size).toBe(3);
  });

  it('are the same wherever the reads end', async () => {
    const whole = await portionsOf(numbered(2_500));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 5 }),
        async (lengths) => {
          expect(await portionsOf(numbered(2_500), lengths)).toEqual(whole);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('keep their ids and lines when the input grows, within a line, too', async () => {
    const before = await portionsOf(numbered(3_000).slice(0, -3));
    const after = await portionsOf(numbered(5_000));
    expect(idsOf(after).slice(0, 2)).toEqual(idsOf(before));
    expect(after[0]).toEqual(before[0]);
    expect(after[1]!.bytes.toString().startsWith(before[1]!.bytes.toString().slice(0, -3))).toBe(true);
  });

  it('have other ids where the first line that is no comment differs, or anything before them', async () => {
    const header = '#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n';
    const [one] = idsOf(await portionsOf(`${header}a\nsame\n`));
    const [other] = idsOf(await portionsOf(`${header}b\nsame\n`));
    expect(one).not.toBe(other);
    const [first, second] = idsOf(await portionsOf(numbered(2_001)));
    const [firstOfOther, secondOfOther] = idsOf(await portionsOf(numbered(2_001).replace('line 7\n', 'line x\n')));
    expect(first).toBe(firstOfOther);
    expect(second).not.toBe(secondOfOther);
  });

  it('hold empty lines, and none where there is nothing', async () => {
    expect((await portionsOf('\n\n')).map(({ bytes }) => bytes.toString())).toEqual(['\n\n']);
    expect((await portionsOf('#\n')).map(({ bytes }) => bytes.toString())).toEqual(['#\n']);
    expect(await portionsOf('')).toEqual([]);
  });

  it('are bounded in bytes, wherever the reads end, and hold of an endless line its beginning', async () => {
    const text = `${`${'x'.repeat(400_000)}\n`.repeat(12)}${'y'.repeat(5_000_000)}\nlast\n`;
    const found = await portionsOf(text);
    expect(Math.max(...found.map(({ bytes }) => bytes.length))).toBeLessThanOrEqual(2 * 1024 * 1024);
    expect(found.reduce((sum, portion) => sum + linesIn(portion), 0)).toBe(14);
    const again = await portionsOf(text, [300_001]);
    expect(idsOf(again)).toEqual(idsOf(found));
    expect(Buffer.concat(again.map(({ bytes }) => bytes)).equals(Buffer.concat(found.map(({ bytes }) => bytes)))).toBe(
      true,
    );
  });

  it('come out before the error of an input that fails', async () => {
    async function* failing(): AsyncGenerator<Buffer> {
      yield Buffer.from('one\ntwo\nhal');
      throw new Error('damaged');
    }
    const found: string[] = [];
    const read = async (): Promise<void> => {
      for await (const { bytes } of portions(failing())) found.push(bytes.toString());
    };
    await expect(read()).rejects.toThrow('damaged');
    expect(found).toEqual(['one\ntwo\n']);
  });
});
