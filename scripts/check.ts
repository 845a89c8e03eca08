import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Everything that must hold before a change lands: types, lint, format, then every test. All of it runs even where something fails,
 * so that one run shows all there is to mend; only a signal ends it early, with 128 and the signal's number. Arguments go to Vitest:
 * `pnpm test services/scorer`.
 */
const STATIC_CHECKS = ['check:types', 'check:lint', 'check:format'] as const;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Enough for Vitest to take down the servers of its tests; the compiler heeds no signal before it is done. */
const STOP_MS_MAX = 5_000;

const root = resolve(import.meta.dirname, '..');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<(typeof STATIC_CHECKS)[number], string>;
};
let passed = 0;
const failedChecks: string[] = [];
let stoppedBy: (typeof SIGNALS)[number] | undefined;
for (const signal of SIGNALS) process.on(signal, () => (stoppedBy ??= signal));

for (const check of STATIC_CHECKS) {
  // Not through pnpm, which gives a script a process group of its own: no signal to ours would reach it.
  const ok = (await run('sh', ['-c', scripts[check]])) === 0;
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${check}`);
  if (ok) passed += 1;
  else failedChecks.push(check);
}

const reports = mkdtempSync(join(tmpdir(), 'vigil-check-'));
process.on('exit', () => rmSync(reports, { recursive: true, force: true }));
const reportPath = join(reports, 'vitest.json');
const code = await run('vitest', [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile=${reportPath}`,
  ...process.argv.slice(2),
]);
const totals = readTotals(reportPath);
passed += totals.passed;
// A run that failed without a failed test (a crash, an unhandled error, a suite that did not load) is a failure all the same.
const failed = failedChecks.length + Math.max(totals.failed, code === 0 ? 0 : 1);

// What they said has scrolled away by now; Vitest repeats its own failures.
for (const check of failedChecks) console.log(`FAIL ${check} (above)`);
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : '';
console.log(`\n${passed} passed, ${failed} failed${skipped}`);
process.exitCode = failed === 0 ? 0 : 1;

/** The command's exit code; after a signal neither it nor anything that it started is left, and this process ends. */
async function run(command: string, args: readonly string[]): Promise<number> {
  // A group of its own: only so can a signal reach whatever the command starts, also where it does not come from a terminal.
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], detached: true });
  const forward = (signal: NodeJS.Signals): void => {
    signalGroup(child.pid, signal);
    setTimeout(() => signalGroup(child.pid, 'SIGKILL'), STOP_MS_MAX).unref();
  };
  for (const signal of SIGNALS) process.on(signal, forward);
  const result = await new Promise<number>((resolveCode) => {
    child.on('error', (error) => {
      console.error(`cannot run ${command}: ${error.message}; run this through "pnpm test"`);
      resolveCode(127);
    });
    child.on('close', (exitCode) => resolveCode(exitCode ?? 1));
  });
  for (const signal of SIGNALS) process.off(signal, forward);
  if (stoppedBy !== undefined) {
    signalGroup(child.pid, 'SIGKILL');
    process.exit(128 + constants.signals[stoppedBy]);
  }
  return result;
}

function signalGroup(leaderPid: number | undefined, signal: NodeJS.Signals): void {
  if (leaderPid === undefined) return;
  try {
    process.kill(-leaderPid, signal);
  } catch (error) {
    // All of them have ended.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
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
