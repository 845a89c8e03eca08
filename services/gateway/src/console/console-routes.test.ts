import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createHttpServer } from '@vigil/shared/http/http-server';
import { testLogger } from '@vigil/shared/testing/test-logger';
import { afterAll, describe, expect, it } from 'vitest';
import { CONSOLE_CSP, consoleRoutes } from './console-routes.ts';

const home = mkdtempSync(path.join(tmpdir(), 'vigil-console-'));
const dir = path.join(home, 'dist');
const app = createHttpServer({ log: testLogger() });
consoleRoutes(app, dir);

afterAll(async () => {
  await app.close();
  rmSync(home, { recursive: true });
});

describe('the console at /', () => {
  it('says that it is not built, and appears as soon as it is', async () => {
    const before = await app.inject('/');
    expect(before.body).toContain('not built');
    expect(before.headers['refresh']).toBe('2');

    mkdirSync(dir, { recursive: true });
    writeFileSync(path.join(dir, 'index.html'), '<!doctype html><title>Vigil</title>');
    const after = await app.inject('/?event=1');
    expect(after.body).toContain('<title>Vigil</title>');
    expect(after.headers).toMatchObject({ 'content-security-policy': CONSOLE_CSP, 'cache-control': 'no-cache' });
  });

  it('keeps what carries its hash in its name', async () => {
    mkdirSync(path.join(dir, 'assets'), { recursive: true });
    writeFileSync(path.join(dir, 'assets/index-abc.js'), 'export {};');
    const asset = await app.inject('/assets/index-abc.js');
    expect(asset.statusCode).toBe(200);
    expect(asset.headers['content-type']).toContain('javascript');
    expect(asset.headers['cache-control']).toContain('immutable');
  });

  it('lets nobody keep that a file is missing: it may be there a moment later', async () => {
    const missing = await app.inject('/assets/index-def.js');
    expect(missing.statusCode).toBe(404);
    expect(missing.headers['cache-control']).toBe('no-store');
  });

  it('never leads out of its folder', async () => {
    mkdirSync(path.join(dir, 'assets'), { recursive: true });
    writeFileSync(path.join(home, 'secret.txt'), 'secret\n');
    for (const url of [
      '/assets/../../secret.txt',
      '/assets/..%2f..%2fsecret.txt',
      '/assets/%2e%2e/%2e%2e/secret.txt',
    ]) {
      const answer = await app.inject(url);
      expect(answer.statusCode).toBeGreaterThanOrEqual(400);
      expect(answer.body).not.toContain('secret\n');
    }
  });
});
