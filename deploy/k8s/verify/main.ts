import { findKustomize } from './kustomize.ts';
import { applicable, render } from './render.ts';
import { verifyObjects } from './verify.ts';

/** `pnpm k8s:verify`: renders each overlay and says everything that is wrong with it. Exit code 1 where something is. */
const startedMs = performance.now();
const kustomize = await findKustomize();
const results = await Promise.all(
  applicable().map(async (path) => {
    const objects = await render(kustomize, path);
    return { path, objects, problems: await verifyObjects(path, objects) };
  }),
);
for (const { path, objects, problems } of results) {
  console.log(
    `${problems.length === 0 ? 'ok  ' : 'BAD '} ${path}: ${objects.length} objects, ${problems.length} problem(s)`,
  );
  for (const { object, message } of problems) console.log(`       ${object}: ${message}`);
}
console.log(`rendered by ${kustomize.origin}, ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
if (results.some(({ problems }) => problems.length > 0)) process.exitCode = 1;
