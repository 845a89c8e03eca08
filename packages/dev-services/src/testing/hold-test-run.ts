// A test run for the tests that end one: does what Vitest's main process does, makes the folder that a test would, and waits.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setup } from '../vitest-global-setup.ts';

const teardown = await setup();
process.once('SIGTERM', () => void teardown().then(() => process.exit()));
console.log(mkdtempSync(join(tmpdir(), 'vigil-of-a-test-')));
setInterval(() => undefined, 60_000);
