import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { findOnPath } from '@vigil/dev-services/programs';
import { programFromDebian } from './debian-package.ts';
import type { KubeObject } from './objects.ts';

const run = promisify(execFile);

/** Series, and which alerts they raise. */
const RULE_TESTS = ['alerts.test.yaml', 'alerts-of-days.test.yaml'];

/** promtool on the PATH, else Debian's. @throws where neither can be had */
export function findPromtool(): Promise<string> {
  const installed = findOnPath('promtool');
  return installed === undefined ? programFromDebian('promtool') : Promise.resolve(installed);
}

/**
 * Lets Prometheus' own tool check the rules and play the tests against them. Returns what it says.
 * @throws Error with what it says, or that names the alerts that no test is about
 */
export async function checkRules(promtool: string, objects: readonly KubeObject[]): Promise<string> {
  const groups = objects.filter((object) => object.kind === 'PrometheusRule').flatMap((object) => object.spec.groups);
  const tests = RULE_TESTS.map((name) => readFileSync(join(import.meta.dirname, name), 'utf8')).join('\n');
  const untried = (groups as { rules: { alert?: string }[] }[])
    .flatMap(({ rules }) => rules.flatMap(({ alert }) => alert ?? []))
    .filter((alert) => !tests.includes(`ALERTS{alertname="${alert}", alertstate="firing"`));
  if (untried.length > 0) throw new Error(`no test in alerts.test.yaml raises ${untried.join(', ')}`);
  const work = mkdtempSync(join(tmpdir(), 'vigil-rules-'));
  try {
    writeFileSync(join(work, 'rules.yaml'), stringify({ groups }));
    for (const name of RULE_TESTS) copyFileSync(join(import.meta.dirname, name), join(work, name));
    const checked = await promtoolRun(promtool, ['check', 'rules', 'rules.yaml'], work);
    return checked + (await promtoolRun(promtool, ['test', 'rules', ...RULE_TESTS], work));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function promtoolRun(promtool: string, args: string[], cwd: string): Promise<string> {
  try {
    const { stdout, stderr } = await run(promtool, args, { cwd, timeout: 60_000 });
    return stdout + stderr;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`promtool ${args.join(' ')}: ${stdout}${stderr}`, { cause: error });
  }
}
