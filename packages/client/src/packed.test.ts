import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const typescript = path.dirname(createRequire(path.join(ROOT, 'package.json')).resolve('typescript/package.json'));
let folder: string;

/** A program elsewhere, with the package as `npm install` unpacks it. */
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vigil-client-'));
  execFileSync(process.execPath, [path.join(ROOT, 'scripts/pack-client.ts'), folder], { stdio: 'pipe' });
  const installed = path.join(folder, 'node_modules/@vigil/client');
  mkdirSync(installed, { recursive: true });
  const packed = readdirSync(folder).find((name) => name.endsWith('.tgz'))!;
  execFileSync('tar', ['-xzf', path.join(folder, packed), '-C', installed, '--strip-components=1']);
  symlinkSync(path.join(import.meta.dirname, '../node_modules/ws'), path.join(folder, 'node_modules/ws'));
  writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
});
afterAll(() => rmSync(folder, { recursive: true }));

test('what is packed runs as it is', () => {
  const program = `import { AlertStream } from '@vigil/client';
    const signal = AbortSignal.abort();
    for await (const alert of new AlertStream({ url: 'http://127.0.0.1:1', key: 'k', after: 7, signal })) console.log(alert);
    console.log('ended');`;
  writeFileSync(path.join(folder, 'run.js'), program);
  expect(spawnSync(process.execPath, ['run.js'], { cwd: folder, encoding: 'utf8' })).toMatchObject({
    stdout: 'ended\n',
    stderr: '',
  });
});

test.each([
  { module: 'node16', moduleResolution: 'node16' },
  { module: 'nodenext', moduleResolution: 'nodenext' },
  { module: 'esnext', moduleResolution: 'bundler' },
])('what is packed has types of its own for $moduleResolution, and a strict compiler', (options) => {
  const program = `import { AlertStream, type Alert, type GapFrame } from '@vigil/client';
    const stream = new AlertStream({ url: 'u', key: 'k', onGap: (gap: GapFrame) => void gap.to });
    for await (const alert of stream) { const known: Alert = alert; known.seq.toFixed(); }
    // @ts-expect-error no such field
    for await (const alert of stream) alert.none;`;
  writeFileSync(path.join(folder, 'program.ts'), program);
  const compilerOptions = {
    ...options,
    target: 'es2022',
    lib: ['es2022', 'dom'],
    types: [],
    strict: true,
    skipLibCheck: false,
    exactOptionalPropertyTypes: true,
    noEmit: true,
  };
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }));
  const tsc = spawnSync(process.execPath, [path.join(typescript, 'bin/tsc')], { cwd: folder, encoding: 'utf8' });
  expect(tsc.stdout).toBe('');
  expect(tsc.status).toBe(0);
});
