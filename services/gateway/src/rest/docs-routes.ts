import type { FastifyInstance } from 'fastify';
import type { Api } from './api.ts';
import { DOCS_CSP, docsPage } from './docs-page.ts';
import { openApiDocument } from './openapi.ts';

/** `GET /openapi.json` and `GET /docs`, without a key: they hold nothing but the API's shape. */
export function docsRoutes(app: FastifyInstance, api: Api): void {
  const document = openApiDocument(api.specs);
  const page = docsPage(api.specs, document);
  app.get('/openapi.json', async () => document);
  app.get('/docs', async (_request, reply) =>
    reply.type('text/html; charset=utf-8').header('content-security-policy', DOCS_CSP).send(page),
  );
}
