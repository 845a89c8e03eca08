/** Loaded by `--import`: has Node keep what V8 compiled for the next start, in a way that works in every shell. */
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// A variable, since it holds for threads and for the bundler, too.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(new URL('../.cache/compiled', import.meta.url));
enableCompileCache();
