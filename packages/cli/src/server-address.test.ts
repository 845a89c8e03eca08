import { Command } from 'commander';
import { afterEach, expect, it, vi } from 'vitest';
import { healthCommand } from './commands/health.ts';
import { replayCommand } from './commands/replay.ts';
import { withStreamOptions } from './commands/stream-options.ts';

afterEach(() => vi.unstubAllEnvs());

it.each([
  ['', 'http://127.0.0.1:8080'],
  ['https://vigil.example.org', 'https://vigil.example.org'],
])('every command that asks a Vigil takes VIGIL_URL=%s for %s', (given, address) => {
  vi.stubEnv('VIGIL_URL', given);
  const urlOf = (command: Command): unknown => command.options.find(({ long }) => long === '--url')?.defaultValue;
  expect(urlOf(replayCommand())).toBe(address);
  expect(urlOf(withStreamOptions(new Command()))).toBe(address);
  expect(healthCommand().registeredArguments[0]?.defaultValue).toEqual([address]);
});
