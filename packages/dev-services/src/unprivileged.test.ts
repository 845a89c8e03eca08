import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { unprivileged } from './unprivileged.ts';

const DAC_OVERRIDE = 2n;

describe.runIf(process.getuid?.() === 0)('root without namespaces of users', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vigil-unprivileged-'));
    chmodSync(folder, 0o755);
    writeFileSync(join(folder, 'unshare'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    vi.stubEnv('PATH', `${folder}${delimiter}${process.env['PATH']}`);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  it.each([
    { where: 'where all is open to the account, without any right of root', mode: 0o755, has: 0n },
    { where: 'where a folder is not, with the right to enter it, and no other', mode: 0o700, has: DAC_OVERRIDE },
  ])('runs a program $where', ({ mode, has }) => {
    const inner = join(folder, 'inner');
    mkdirSync(inner, { mode });
    const { command, args } = unprivileged('/bin/sh', inner).wrap('cat', ['/proc/self/status']);
    const status = execFileSync(command, args, { encoding: 'utf8' });
    expect(BigInt(`0x${/^CapPrm:\s*(\w+)$/m.exec(status)?.[1]}`)).toBe(has);
    expect(BigInt(`0x${/^CapEff:\s*(\w+)$/m.exec(status)?.[1]}`)).toBe(has);
    expect(/^Uid:\s*(\d+)/m.exec(status)?.[1]).not.toBe('0');
  });
});
