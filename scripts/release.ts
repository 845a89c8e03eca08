import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * `pnpm release VERSION [FOLDER]`: gives this checkout, or that in a folder, a release's version wherever one stands, and what is
 * unreleased in the changelog its head. The rest of a release is in CONTRIBUTING.md.
 */
const VERSION = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/;
/** Where Vigil's own version stands. */
const PLACES = [
  'packages/*/package.json',
  'services/*/package.json',
  '{bench,deploy,test}/package.json',
  'deploy/images/Dockerfile',
  'deploy/k8s/base/{kustomization,migrate}.yaml',
  'deploy/k8s/overlays/plain/kustomization.yaml',
  'deploy/k8s/verify/seeded-mistakes.ts',
  'docs/operations.md',
  'packages/client/README.md',
  // Last: it says what the version was, so that a run that was cut off can be made again.
  'package.json',
];
const UNRELEASED = '## Unreleased\n';

const [to, folder = resolve(import.meta.dirname, '..')] = process.argv.slice(2);
if (to === undefined || !VERSION.test(to)) {
  console.error('usage: pnpm release VERSION, as in pnpm release 0.2.0');
  process.exit(2);
}
const { version: from } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
/** Behind what says that it is Vigil's: dependencies may have the same. */
const NAMED = new RegExp(
  String.raw`("version": "|^ARG VERSION=|app\.kubernetes\.io/version: |newTag: |\bvigil/\w+:|\bvigil-client-)${RegExp.escape(from)}(?!\d|\.\d)`,
  'gm',
);
const JOB = new RegExp(String.raw`\b(vigil-migrate-)${RegExp.escape(dashed(from))}(?!\d|-\d)`, 'g');

const changelog = join(folder, 'CHANGELOG.md');
const changes = readFileSync(changelog, 'utf8');
if (!changes.includes(`## ${to} `))
  writeFileSync(
    changelog,
    changes.replace(UNRELEASED, `${UNRELEASED}\n## ${to} - ${new Date().toISOString().slice(0, 10)}\n`),
  );
for (const pattern of PLACES) {
  for (const path of globSync(pattern, { cwd: folder }).toSorted()) {
    const text = readFileSync(join(folder, path), 'utf8');
    const changed = text.replaceAll(NAMED, `$1${to}`).replaceAll(JOB, `$1${dashed(to)}`);
    if (changed !== text) writeFileSync(join(folder, path), changed);
  }
}
console.log(`${from} is ${to} now. Look at it with git diff; what comes next is in CONTRIBUTING.md, "Make a release".`);

/** As the name of a Job has it. */
function dashed(version: string): string {
  return version.replaceAll('.', '-');
}
