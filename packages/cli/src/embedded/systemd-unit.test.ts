import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { EXIT_USAGE } from '../exit.ts';
import { embeddedConfigSchema } from './config.ts';

const ROOT = path.resolve(import.meta.dirname, '../../../..');
const INSTALLED = '/opt/vigil';
const unit = readFileSync(path.join(ROOT, 'deploy/systemd/vigil.service'), 'utf8');
const values = (key: string): string[] =>
  Array.from(unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm')), ([, value]) => value!);
const environment = Object.fromEntries(values('Environment').map((text) => text.split('=') as [string, string]));
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

test('the unit starts what is there, where it was installed', () => {
  const [program, script, ...rest] = values('ExecStart')[0]!.split(' ');
  expect([values('WorkingDirectory'), rest]).toEqual([[INSTALLED], ['serve']]);
  expect(path.relative(INSTALLED, program!)).toBe('node_modules/.bin/node');
  expect(existsSync(path.join(ROOT, path.relative(INSTALLED, program!)))).toBe(true);
  expect(existsSync(path.join(ROOT, script!))).toBe(true);
});

test('the unit gives a stop the time that Vigil takes at most, and knows which exits are for good', () => {
  const { SHUTDOWN_TIMEOUT_MS } = embeddedConfigSchema.parse(environment);
  expect(SHUTDOWN_TIMEOUT_MS).toBe(20_000);
  expect(Number(values('TimeoutStopSec')[0]) * 1000).toBeGreaterThan(SHUTDOWN_TIMEOUT_MS);
  expect(values('RestartPreventExitStatus')).toEqual([String(EXIT_USAGE)]);
});

test('settings that docs/systemd.md shows for the service are settings that it has', () => {
  const guide = readFileSync(path.join(ROOT, 'docs/systemd.md'), 'utf8');
  const shown = Array.from(
    guide.matchAll(/^#?([A-Z_]+)=('?)(.*)\2$/gm),
    ([, name, , value]) => [name!, value!] as const,
  );
  expect(shown.length).toBeGreaterThan(2);
  expect(embeddedConfigSchema.strict().safeParse(Object.fromEntries(shown)).error?.issues ?? []).toEqual([]);
});

test.skipIf(!hasSystemd)('systemd understands every line of the unit', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'vigil-unit-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  const file = path.join(folder, 'vigil.service');
  writeFileSync(file, unit.replaceAll(INSTALLED, ROOT));
  // What it does not understand it ignores, with a word on standard error and a status of 0.
  const said = execFileSync('sh', ['-c', 'systemd-analyze verify "$1" 2>&1', 'sh', file], { encoding: 'utf8' });
  expect(said.split('\n').filter((line) => line.includes('vigil.service'))).toEqual([]);
});
