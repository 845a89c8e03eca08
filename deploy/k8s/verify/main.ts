import { findKustomize } from './kustomize.ts';
import { checkRules, findPromtool } from './promtool.ts';
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
const rules = await findPromtool()
  .then((promtool) =>
    checkRules(
      promtool,
      results.flatMap(({ objects }) => objects),
    ),
  )
  .then(
    (said) => `ok   rules: ${/\d+ rules found/.exec(said)?.[0]}, and they alert as tested`,
    (error: Error) => `BAD  rules: ${error.message}`,
  );
console.log(rules);
console.log(`rendered by ${kustomize.origin}, ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
if (rules.startsWith('BAD') || results.some(({ problems }) => problems.length > 0)) process.exitCode = 1;
