import { copyFileSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/**
 * `pnpm exec node deploy/images/runtime.ts FOLDER`: what every image holds besides its service: the Node that runs this, an empty folder
 * for what is kept, and the licences of Node and of Vigil. Those of packages stay in `node_modules`, those of what is bundled for the
 * browser are in the console's `assets/licences.md`.
 */
const folder = process.argv[2];
if (folder === undefined) throw new Error('usage: runtime.ts FOLDER');
const root = resolve(import.meta.dirname, '../..');
const nodePackage = resolve(dirname(process.execPath), '..');

mkdirSync(join(folder, 'state'), { recursive: true });
mkdirSync(join(folder, 'licenses'), { recursive: true });
copyFileSync(process.execPath, join(folder, 'node'));
copyFileSync(join(nodePackage, 'LICENSE'), join(folder, 'licenses/node.txt'));
copyFileSync(join(root, 'LICENSE'), join(folder, 'licenses/vigil.txt'));
