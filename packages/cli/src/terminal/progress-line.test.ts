import { expect, it } from 'vitest';
import { ProgressLine } from './progress-line.ts';

/** What a terminal of so many columns shows, and a clock to be set. */
function terminalOf(columns: number) {
  const clock = { ms: 0 };
  const written: string[] = [];
  const write = (text: string): boolean => written.push(text) > 0;
  return { clock, written, terminal: { columns, write } as unknown as NodeJS.WriteStream };
}

it('shows the share that is done and how long the rest takes at that pace', () => {
  const { clock, written, terminal } = terminalOf(80);
  const line = new ProgressLine(terminal, 1_000, () => clock.ms);
  clock.ms = 10_000;
  line.add(250);
  expect(written.at(-1)).toBe(`\r\u001b[K${'█'.repeat(10)}${'░'.repeat(30)} 25% | 30s left`);
  clock.ms = 20_000;
  line.add(10);
  expect(written.at(-1)).toContain(' 26% | 57s left');
  clock.ms = 1_000_000;
  line.add(10);
  expect(written.at(-1)).toContain(' 27% | 45m04s left');
});

it('is drawn only now and then, and as it is at its end', () => {
  const { clock, written, terminal } = terminalOf(80);
  const line = new ProgressLine(terminal, 1_000, () => clock.ms);
  // Not at once: after nothing of the time, the rest would take none.
  for (let done = 0; done < 400; done += 1) line.add(1);
  expect(written).toEqual([]);
  clock.ms = 500;
  for (let done = 400; done < 1_000; done += 1) line.add(1);
  expect(written).toHaveLength(1);
  line.end();
  expect(written.slice(1)).toEqual([`\r\u001b[K${'█'.repeat(40)} 100% | 0s left`, '\n']);
});

it('fits a narrow terminal, one of unknown size, an empty log and one that has grown', () => {
  for (const [columns, total, done] of [
    [30, 10, 5],
    [10, 10, 5],
    [0, 10, 5],
    [80, 0, 0],
    [80, 10, 20],
  ] as const) {
    const { clock, written, terminal } = terminalOf(columns);
    const line = new ProgressLine(terminal, total, () => clock.ms);
    clock.ms = 1_000;
    line.add(done);
    expect(written.join('')).toMatch(/^\r\u001b\[K[█░]* (?:50|100)% \| [01]s left$/);
    expect(written.join('').length).toBeLessThanOrEqual(Math.max(columns === 0 ? 80 : columns, 24) + 4);
  }
});
