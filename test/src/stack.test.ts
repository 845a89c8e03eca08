import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack, type Stack } from '@vigil/dev-services/stack';
import { openDatabase } from '@vigil/shared/storage/database';
import { afterEach, beforeEach, describe, it } from 'vitest';
import { AlertListener } from './alert-listener.ts';
import { AttackLog } from './attack-log.ts';
import { expectExactlyOnce } from './journey.ts';
import { until } from './until.ts';

let folder: string;
let stack: Stack | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vigil-stack-e2e-'));
});
afterEach(async () => {
  await stack?.stop();
  stack = undefined;
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
});

describe('the distributed stack with three scorers', () => {
  it(
    'stores and tells every attack exactly once through rotations and SIGKILLs of every service',
    { timeout: 240_000 },
    async () => {
      const log = new AttackLog(join(folder, 'access.log'));
      stack = await startStack({ scorers: 3, logPaths: [log.path], dataDir: join(folder, 'data') });
      const listener = new AlertListener();
      await listener.connect(stack.gatewayUrl, stack.apiKey);

      log.write(2_000);
      await until('the first alerts are heard', () => listener.alerts.length > 0);
      log.rotate();
      log.write(3_000);
      const victims = [stack.ingestor, stack.scorers[1]!, stack.dispatcher];
      await Promise.all(victims.map((victim) => victim.kill('SIGKILL')));
      log.write(1_000);
      log.rotate();
      log.write(1_500);
      await Promise.all(victims.map((victim) => victim.restart()));

      await stack.gateway.kill('SIGKILL');
      listener.close();
      log.write(500);
      await stack.gateway.restart();
      await listener.connect(stack.gatewayUrl, stack.apiKey);
      log.write(500);

      const database = await openDatabase(stack.databaseUrl);
      try {
        await expectExactlyOnce(database, log, listener);
      } finally {
        await database.close();
      }
      listener.close();
    },
  );
});
