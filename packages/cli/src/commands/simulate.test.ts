import { expect, it, vi } from 'vitest';
import { simulateCommand } from './simulate.ts';

it.each([
  ['--count', '1.5'],
  ['--count', ''],
  ['--rate', 'Infinity'],
  ['--attack-share', ' '],
  ['--seed', ''],
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
