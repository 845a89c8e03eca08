import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import type { Kustomize } from './kustomize.ts';
import type { KubeObject } from './objects.ts';

const run = promisify(execFile);

export const TREE = resolve(import.meta.dirname, '..');

/** What can be applied: each overlay and each example, as paths below `deploy/k8s`. */
export function applicable(tree = TREE): string[] {
  return ['overlays', 'examples'].flatMap((room) =>
    readdirSync(join(tree, room), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(room, entry.name)),
  );
}

/** Renders one overlay. Throws with Kustomize's own words where it cannot. */
export async function render(kustomize: Kustomize, path: string, tree = TREE): Promise<KubeObject[]> {
  const { stdout } = await run(kustomize.command, [...kustomize.args, join(tree, path)], {
    maxBuffer: 64 * 1024 * 1024,
  }).catch((error: Error & { stderr?: string }) => {
    throw new Error(`${path} cannot be rendered: ${error.stderr ?? error.message}`);
  });
  return parseAllDocuments(stdout).map((document) => {
    if (document.errors[0] !== undefined) throw document.errors[0];
    const object = document.toJS() as KubeObject;
    // Kustomize folds long values; whoever decodes base64 skips the white space, but the schemas' format does not.
    if (object.kind === 'Secret')
      object.data = Object.fromEntries(Object.entries(object.data ?? {}).map(([k, v]) => [k, v.replaceAll(/\s/g, '')]));
    return object;
  });
}
