import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Everything that must hold before a change lands: types, lint, format, then every test. All of it runs even where something fails,
 * so that one run shows all there is to mend. Arguments go to Vitest: `pnpm test services/scorer`.
 */
const STATIC_CHECKS = ['check:types', 'check:lint', 'check:format'];

const root = resolve(import.meta.dirname, '..');
let passed = 0;
let failed = 0;

for (const check of STATIC_CHECKS) {
  const ok = (await run('pnpm', ['--silent', 'run', check])) === 0;
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${check}`);
  if (ok) passed += 1;
  else failed += 1;
}

const reports = mkdtempSync(join(tmpdir(), 'vigil-check-'));
const reportPath = join(reports, 'vitest.json');
const code = await run('vitest', [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile=${reportPath}`,
  ...process.argv.slice(2),
]);
const totals = readTotals(reportPath);
rmSync(reports, { recursive: true, force: true });
passed += totals.passed;
// A run that failed without a failed test (a crash, an unhandled error, a suite that did not load) is a failure all the same.
failed += Math.max(totals.failed, code === 0 ? 0 : 1);

const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : '';
console.log(`\n${passed} passed, ${failed} failed${skipped}`);
process.exitCode = failed === 0 ? 0 : 1;

function run(command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolveCode) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit' });
    const forward = (signal: NodeJS.Signals) => child.kill(signal);
    process.on('SIGINT', forward).on('SIGTERM', forward);
    child.on('error', (error) => {
      console.error(`cannot run ${command}: ${error.message}; run this through "pnpm test"`);
      resolveCode(127);
    });
    child.on('close', (exitCode) => {
      process.off('SIGINT', forward).off('SIGTERM', forward);
      resolveCode(exitCode ?? 1);
    });
  });
}

function readTotals(path: string): { passed: number; failed: number; skipped: number } {
  try {
    const report = JSON.parse(readFileSync(path, 'utf8')) as Record<string, number>;
    return {
      passed: report['numPassedTests'] ?? 0,
      failed: report['numFailedTests'] ?? 0,
      skipped: (report['numPendingTests'] ?? 0) + (report['numTodoTests'] ?? 0),
    };
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
  }
}
