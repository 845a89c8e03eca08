import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';

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

const NOT_BUILT = `The console is not built here yet; if that is under way, this page comes back by itself.
Otherwise: pnpm --filter @vigil/console build. The interface's description: /docs
`;
const BUILT_SOON_SECONDS = 2;

/**
 * The console at `/`, without a key: it asks for one itself. Files are looked up when they are asked for, since the embedded mode
 * builds the console while it already serves; until then the page says so.
 */
export function consoleRoutes(app: FastifyInstance, dir: string): void {
  void app.register(fastifyStatic, {
    root: dir,
    serve: false,
    // It says so itself where there is none yet.
    suppressWarning: true,
    cacheControl: false,
    setHeaders: (response) => {
      response.header('content-security-policy', CONSOLE_CSP);
      response.header('referrer-policy', 'no-referrer');
    },
  });
  app.get('/', (_request, reply) => {
    if (!existsSync(path.join(dir, 'index.html'))) return notBuilt(reply);
    // It names files by their hash: kept, it would name some that are gone.
    return reply.header('cache-control', 'no-cache').sendFile('index.html');
  });
  app.get('/favicon.svg', (_request, reply) => reply.header('cache-control', 'no-cache').sendFile('favicon.svg'));
  app.get<{ Params: { '*': string } }>('/assets/*', (request, reply) =>
    reply.header('cache-control', 'public, max-age=31536000, immutable').sendFile(`assets/${request.params['*']}`),
  );
}

function notBuilt(reply: FastifyReply): FastifyReply {
  return reply
    .type('text/plain')
    .header('refresh', BUILT_SOON_SECONDS)
    .header('cache-control', 'no-store')
    .send(NOT_BUILT);
}
