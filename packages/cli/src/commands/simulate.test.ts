import { expect, it, vi } from 'vitest';
import { simulateCommand } from './simulate.ts';

it.each([
  ['--count', '1.5'],
  ['--count', ''],
  ['--rate', 'Infinity'],
  ['--attack-share', ' '],
  ['--seed', ''],
  ['--start', '0000'],
  ['--start', '0000-01-01'],
  ['--start', '12'],
  ['--start', '2026-02-30T25:00'],
])('takes no %s of "%s"', async (option, value) => {
  const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    const command = simulateCommand().exitOverride();
    const args = [option, value, '--out', '/dev/null', '--count', '1'];
    await expect(command.parseAsync(args, { from: 'user' })).rejects.toThrow(/is invalid\. must be .*\.$/);
  } finally {
    told.mockRestore();
  }
});
