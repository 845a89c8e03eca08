import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../exit.ts';
import { openDataDir } from './data-dir.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vigil-data-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function keyOf(path: string): string {
  const dataDir = openDataDir(path);
  dataDir.release();
  return dataDir.apiKey;
}

describe('openDataDir', () => {
  it('makes the folder with what is above it, and a key that stays', () => {
    const path = join(folder, 'a', 'b');
    const apiKey = keyOf(path);
    expect(apiKey.length).toBeGreaterThan(20);
    expect(readdirSync(path)).toEqual(['api-key']);
    chmodSync(join(path, 'api-key'), 0o644);
    expect(keyOf(path)).toBe(apiKey);
    expect(statSync(join(path, 'api-key')).mode & 0o777).toBe(0o600);
  });

  it('keeps what is in it to its owner, and tells of a database only while there is one', () => {
    const path = join(folder, 'new');
    const dataDir = openDataDir(path);
    dataDir.writeDatabaseUrl('postgres://vigil:secret@127.0.0.1:5432/vigil');
    const modeOf = (name: string): number => statSync(join(path, name)).mode & 0o777;
    expect(['.', 'api-key', 'database-url'].map(modeOf)).toEqual([0o700, 0o600, 0o600]);
    dataDir.release();
    expect(readdirSync(path)).toEqual(['api-key']);
  });

  it.each(['', '\n'])('makes a key where a full disk left %j of it', (left) => {
    writeFileSync(join(folder, 'api-key'), left);
    const apiKey = keyOf(folder);
    expect(apiKey).not.toBe('');
    expect(readFileSync(join(folder, 'api-key'), 'utf8')).toBe(`${apiKey}\n`);
  });

  it('leaves no key and no lock where it cannot write one', () => {
    mkdirSync(join(folder, 'api-key.new'));
    expect(() => openDataDir(folder)).toThrow('EISDIR');
    rmSync(join(folder, 'api-key.new'), { recursive: true });
    expect(readdirSync(folder)).toEqual([]);
    expect(keyOf(folder)).not.toBe('');
  });

  it.runIf(process.platform === 'linux')('refuses a folder that cannot be made', () => {
    expect(() => openDataDir('/proc/nope')).toThrow(UserError);
    expect(() => openDataDir('/proc/nope')).toThrow(
      /^Cannot make the data folder \/proc\/nope: ENOENT.*VIGIL_DATA_DIR/,
    );
  });
});
