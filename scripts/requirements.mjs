/**
 * Loaded by `--import` before what a script of package.json runs: says in a sentence why that cannot run here, instead of letting it fail
 * somewhere. JavaScript, and of the old kind, since it is what an old Node reads.
 */
import { existsSync } from 'node:fs';

const NODE_MAJOR_MIN = 24;

const obstacle = findObstacle();
if (obstacle !== undefined) {
  console.error(`vigil: ${obstacle}`);
  process.exit(2);
}

/** What keeps everything from running here, and what to do; undefined where nothing does. */
function findObstacle() {
  if (process.platform === 'win32')
    return (
      'Windows itself is not supported. Install WSL (https://learn.microsoft.com/windows/wsl/install), then clone and start Vigil in ' +
      'its Linux, in a folder of its own file system and not below /mnt.'
    );
  if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR_MIN)
    return `Node.js ${NODE_MAJOR_MIN} or later is needed here, and this is ${process.versions.node}. Install it (https://nodejs.org/en/download), then start again.`;
  // It takes each for the place of what a pattern in a package's `exports` has matched.
  if (import.meta.url.includes('*'))
    return 'Node.js finds no module of a package in a folder with a * in its path. Move Vigil to one without, then start again.';
  if (!existsSync(new URL('../node_modules/.pnpm', import.meta.url)))
    return 'What this depends on is not installed, or not by pnpm, which alone can. Run: npx -y pnpm@12.21.0 install';
  return undefined;
}
