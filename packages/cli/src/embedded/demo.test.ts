import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@vigil/shared/logging/logger';
import { expect, it } from 'vitest';
import { runDemo } from './demo.ts';

it.runIf(process.platform === 'linux')('ends with a reason where the disk under its log is full', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-demo-'));
  try {
    const path = join(folder, 'demo-access.log');
    // A device that is always full.
    symlinkSync('/dev/full', path);
    const records: string[] = [];
    const log = createLogger('vigil', 'info', { write: (record: string) => void records.push(record) });
    await runDemo(path, log, new AbortController().signal);
    expect(records.join('')).toMatch(/ENOSPC.*the demonstration ended/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
