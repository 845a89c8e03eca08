import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import { UserError } from './exit.ts';
import { readLog, requireFiles, unwritable } from './user-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'vigil-user-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function textOf(path: string): Promise<string> {
  const parts: Buffer[] = [];
  for await (const bytes of readLog(path)) parts.push(bytes);
  return Buffer.concat(parts).toString();
}

it('says how a log is unpacked whose name does not say that it is compressed', async () => {
  const path = join(folder, 'access.log');
  writeFileSync(path, gzipSync('line\n'));
  await expect(textOf(path)).rejects.toThrow(/it is compressed.*"gzip -dc"/);
  await expect(textOf(path)).rejects.toThrow(UserError);
  writeFileSync(`${path}.gz`, gzipSync('line\n'));
  expect(await textOf(`${path}.gz`)).toBe('line\n');
});

it('says why a file cannot be read, also of a link that leads in a circle', async () => {
  const loop = join(folder, 'loop');
  symlinkSync(loop, loop);
  await expect(requireFiles([loop])).rejects.toThrow(`Cannot read ${loop}: the symbolic link leads in a circle.`);
  await expect(requireFiles([join(folder, 'none')])).rejects.toThrow('there is no such file');
});

it('says what to do where a file cannot be written', () => {
  const { message } = unwritable('/logs/access.log', Object.assign(new Error('raw'), { code: 'EROFS' }));
  expect(message).toBe('Cannot write /logs/access.log: its file system is read-only; name a file elsewhere.');
});
