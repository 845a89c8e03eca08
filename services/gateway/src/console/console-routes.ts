import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** Where the console's build lies in the workspace; a deployment names its place with CONSOLE_DIR. */
export const CONSOLE_DIR = fileURLToPath(new URL('../../../../packages/console/dist', import.meta.url));

/** Nothing from elsewhere, no inline script or style, no frame; `connect-src 'self'` covers the WebSocket of the same origin. */
export const CONSOLE_CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** The console at `/`, without a key: it asks for one itself. Says so where it was not built. */
export function consoleRoutes(app: FastifyInstance, dir: string): void {
  if (!existsSync(dir)) {
    app.get('/', async (_request, reply) =>
      reply.type('text/plain').send('The console is not built here: pnpm --filter @vigil/console build. API: /docs\n'),
    );
    return;
  }
  void app.register(fastifyStatic, {
    root: dir,
    // A route per file, so that everything else stays a problem document and no path can lead out of the folder.
    wildcard: false,
    cacheControl: false,
    setHeaders: (response, path) => {
      response.header('content-security-policy', CONSOLE_CSP);
      response.header('x-content-type-options', 'nosniff');
      response.header('referrer-policy', 'no-referrer');
      // Built files carry their hash in the name; the page that names them must not be kept.
      response.header('cache-control', path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
}
