import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkVersion } from '@vigil/dev-services/postgres-cluster';
import { RulesError } from '@vigil/scorer/rules/engine-source';
import { LaterSchemaError } from '@vigil/shared/storage/later-schema';
import { expect, it } from 'vitest';
import { EXIT_FAILED, EXIT_USAGE, UserError } from '../exit.ts';
import { startFailure } from './start-failure.ts';

function told(error: unknown, port = 8080): string {
  const failure = startFailure(error, { host: '127.0.0.1', port, dataDir: '/data/vigil' });
  return failure instanceof UserError ? failure.message : 'nothing that the user can mend';
}

it('names the port that is in use', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  const second = createServer().listen(port, '127.0.0.1');
  const [error] = (await once(second, 'error')) as [Error];
  holder.close();
  expect(told(error, port)).toMatch(new RegExp(`^Port ${port} on 127.0.0.1 is in use. Set PORT`));
});

it('tells an address that the machine has not from one that it lacks for its database', () => {
  const error = (address: string): Error =>
    Object.assign(new Error('listen'), { code: 'EADDRNOTAVAIL', syscall: 'listen', address });
  expect(told(error('192.0.2.1'))).toMatch(/^HOST .* is no address of this machine/);
  expect(told(error('127.0.0.1'))).toMatch(/^The database of Vigil listens on 127\.0\.0\.1/);
});

it('names the folder whose disk is full, whoever found out', () => {
  const initdb = Object.assign(new Error('initdb failed'), { cause: new Error('x: No space left on device') });
  const full = /^The disk under \/data\/vigil is full/;
  expect(told(initdb)).toMatch(full);
  let error: unknown;
  try {
    // A device that is always full.
    writeFileSync('/dev/full', 'x');
  } catch (thrown) {
    error = thrown;
  }
  expect(told(error)).toMatch(full);
  expect(told(new UserError('Cannot use the data folder', { cause: error }))).toMatch(full);
});

it('says what to do on a file system that keeps no permissions', () => {
  const said = 'FATAL:  data directory "/data/vigil/postgres/cluster" has invalid permissions';
  expect(told(new Error(`initdb failed: ${said}`))).toMatch(
    /^The file system of \/data\/vigil keeps no permissions, .* Set VIGIL_DATA_DIR/,
  );
});

it('tells a lack of shared memory from a full disk', () => {
  const said =
    'FATAL:  could not resize shared memory segment "/PostgreSQL.12" to 1048576 bytes: No space left on device';
  expect(told(new Error(`initdb failed: ${said}`))).toMatch(/^There is too little shared memory/);
});

it('ends a start so that a supervisor tries it again where the disk is full, and not where only somebody can mend it', () => {
  const exitCode = (error: unknown): unknown =>
    (startFailure(error, { host: '127.0.0.1', port: 1, dataDir: '/data/vigil' }) as UserError).exitCode;
  expect(exitCode(new Error('x: No space left on device'))).toBe(EXIT_FAILED);
  expect(exitCode(new RulesError([{ file: 'a.yaml', line: 3, reason: 'no' }]))).toBe(EXIT_USAGE);
});

it('says what to do with data of another PostgreSQL', () => {
  const cluster = mkdtempSync(join(tmpdir(), 'vigil-cluster-'));
  try {
    writeFileSync(join(cluster, 'PG_VERSION'), '12\n');
    let error: unknown;
    try {
      checkVersion(cluster, '18');
    } catch (thrown) {
      error = thrown;
    }
    expect(told(error)).toMatch(/^Cannot start: the data in .* is of PostgreSQL 12, .*: dump it/);
  } finally {
    rmSync(cluster, { recursive: true });
  }
});

it('says which release can use data that a later one has changed', () => {
  const error = new Error('away', { cause: new LaterSchemaError(['2099-01-01-other-breaking']) });
  expect(told(error)).toMatch(
    /^The database in \/data\/vigil cannot be used: a later release has changed the database by 2099-01-01-other-breaking: run/,
  );
});

it('names the rules that are wrong and leaves a fault of ours as it is', () => {
  expect(told(new RulesError([{ file: 'a.yaml', line: 3, reason: 'no' }]))).toContain('a.yaml:3: no');
  expect(told(new TypeError('x is undefined'))).toBe('nothing that the user can mend');
});
