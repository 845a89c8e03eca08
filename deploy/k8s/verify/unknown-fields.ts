import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { modelModule } from './models.ts';
import { problem, type KubeObject, type Problem } from './objects.ts';

const run = promisify(execFile);
const PACKAGE = resolve(import.meta.dirname, '../..');

/** Excess keys: the one class of complaint that the validators do not have. `checkValues` has the others, in better words. */
const EXCESS = /^objects\.ts\((\d+),\d+\): error TS2(?:353|561): (.*)$/gm;

/**
 * Fields that no schema has. The models' validators let them pass, as an API server without strict validation does, so each object is
 * written as a TypeScript literal that must satisfy its type, and the compiler finds them. It names the first one of each literal.
 */
export async function checkUnknownFields(objects: readonly KubeObject[]): Promise<Problem[]> {
  // Inside of the package's node_modules: modules resolve from there, and nobody commits or formats it.
  const room = join(PACKAGE, 'node_modules/.cache');
  mkdirSync(room, { recursive: true });
  const work = mkdtempSync(join(room, 'k8s-verify-'));
  try {
    const { lines, owners } = generate(objects);
    writeFileSync(join(work, 'objects.ts'), lines.join('\n'));
    writeFileSync(join(work, 'tsconfig.json'), JSON.stringify(COMPILER));
    const output = await compile(work);
    return [...output.matchAll(EXCESS)].map(([, line, message]) => {
      const at = Number(line) - 1;
      const type = /in type '(.+?)'/.exec(message!)?.[1] ?? 'its type';
      return problem(owners[at]!, `${pathAt(lines, at)} does not exist in ${type}`);
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const COMPILER = {
  compilerOptions: {
    target: 'ES2024',
    module: 'NodeNext',
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    pretty: false,
  },
  files: ['objects.ts'],
};

/** The file's lines, and the object to which each belongs. */
function generate(objects: readonly KubeObject[]): { lines: string[]; owners: (KubeObject | undefined)[] } {
  const types = new Map<string, string>();
  const lines: string[] = [];
  const owners: (KubeObject | undefined)[] = [];
  const bodies = objects.map((object) => {
    const module = modelModule(object);
    const alias = types.get(module) ?? `T${types.size}`;
    types.set(module, alias);
    return { object, alias };
  });
  for (const [module, alias] of types) {
    lines.push(`import type { I${module.split('/').at(-1)} as ${alias} } from '${module}';`);
    owners.push(undefined);
  }
  for (const { object, alias } of bodies) {
    const literal = JSON.stringify(object, null, 1).split('\n');
    literal[0] = `void (${literal[0]}`;
    literal[literal.length - 1] += ` satisfies ${alias});`;
    for (const line of literal) {
      lines.push(line);
      owners.push(object);
    }
  }
  return { lines, owners };
}

async function compile(work: string): Promise<string> {
  const typescript = createRequire(join(PACKAGE, '../package.json')).resolve('typescript/package.json');
  const tsc = join(dirname(typescript), 'bin/tsc');
  try {
    const { stdout } = await run(process.execPath, [tsc, '--project', work, '--pretty', 'false'], {
      cwd: work,
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  } catch (error) {
    // Exit code 1 or 2: it found something.
    const { stdout, code } = error as { stdout?: string; code?: number };
    if (stdout !== undefined && (code === 1 || code === 2)) return stdout;
    throw error;
  }
}

/** `spec.template.spec.restartPolicyy` of the line: its key, and those of the less indented lines before it. */
function pathAt(lines: readonly string[], at: number): string {
  const keys: string[] = [];
  let indent = Number.POSITIVE_INFINITY;
  for (let index = at; index >= 0 && indent > 1; index--) {
    const match = /^( +)(?:"([^"]+)":)?/.exec(lines[index]!);
    if (match === null || match[1]!.length >= indent) continue;
    indent = match[1]!.length;
    if (match[2] !== undefined) keys.unshift(match[2]);
  }
  return keys.join('.');
}
