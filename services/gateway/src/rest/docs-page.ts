import { createHash } from 'node:crypto';
import type { AnyRouteSpec } from './api.ts';
import type { OpenApi } from './openapi.ts';

const STYLE = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
  code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
  h2 { border-top: 1px solid #8888; padding-top: 1rem; font-size: 1.1rem; }
  table { border-collapse: collapse; } td, th { text-align: left; padding: .2rem 1rem .2rem 0; vertical-align: top; }
  td:last-child { overflow-wrap: anywhere; min-width: 6rem; }
  pre { overflow: auto; background: #8882; padding: .75rem; border-radius: .3rem; max-height: 24rem; }`;

/** The page needs no script and nothing from elsewhere. */
export const DOCS_CSP = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`;

interface Operation {
  parameters: { name: string; in: string; required: boolean; description?: string; schema: object }[];
  responses: Record<string, { content: Record<string, { schema: object }> }>;
  requestBody?: { content: Record<string, { schema: object }> };
}

/** The OpenAPI document as a page to read. */
export function docsPage(specs: readonly AnyRouteSpec[], document: OpenApi): string {
  const sections = specs.map((spec) => {
    const path = spec.path.replaceAll(/:(\w+)/g, '{$1}');
    const operation = (document.paths[path] as Record<string, Operation>)[spec.method.toLowerCase()]!;
    return section(spec, path, operation, document.components.schemas);
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Vigil API</title>
<meta name="viewport" content="width=device-width"><style>${STYLE}</style></head><body>
<h1>Vigil API</h1>
<p>Send a key as <code>X-API-Key</code>. Errors are <code>application/problem+json</code>. Machine-readable:
<a href="openapi.json">OpenAPI 3.1</a>. Live alerts: <code>WS /ws/alerts</code> and <code>GET /alerts/stream</code>,
described in docs/stream.md. To push lines: <code>POST /ingest/batch</code>, described in docs/push.md.</p>
${sections.join('\n')}
</body></html>`;
}

function section(
  spec: AnyRouteSpec,
  path: string,
  operation: Operation,
  schemas: OpenApi['components']['schemas'],
): string {
  const readable = readableWith(schemas);
  const rows = operation.parameters.map(
    (p) =>
      `<tr><td><code>${escapeHtml(p.name)}</code>${p.required ? ' *' : ''}</td><td>${p.in}</td><td>${escapeHtml(p.description ?? '')}</td><td><code>${escapeHtml(JSON.stringify(p.schema, readable))}</code></td></tr>`,
  );
  const answers = Object.entries(operation.responses['200']!.content);
  return `<h2><code>${spec.method} ${escapeHtml(path)}</code></h2>
<p>${escapeHtml(spec.summary)}. ${escapeHtml(spec.description ?? '')} Scope: <code>${spec.scope ?? 'none'}</code>.</p>
${rows.length === 0 ? '' : `<table><tr><th>parameter</th><th>in</th><th></th><th>schema</th></tr>${rows.join('')}</table>`}
${schemaBlock('Body', operation.requestBody?.content['application/json']?.schema, readable)}
${answers.map(([type, { schema }]) => schemaBlock(type, schema, readable)).join('')}`;
}

type Readable = (name: string, value: unknown) => unknown;

/**
 * What stands elsewhere in the document is put where it is meant. The pattern of a known format is pages of signs that the format's name
 * says better; openapi.json has it.
 */
function readableWith(schemas: Record<string, unknown>): Readable {
  return (_name, value) => {
    if (typeof value !== 'object' || value === null) return value;
    if ('$ref' in value && typeof value.$ref === 'string') return schemas[value.$ref.split('/').at(-1)!];
    if (!('format' in value) || !('pattern' in value)) return value;
    const { pattern: _pattern, ...rest } = value;
    return rest;
  };
}

function schemaBlock(title: string, schema: object | undefined, readable: Readable): string {
  if (schema === undefined) return '';
  const json = escapeHtml(JSON.stringify(schema, readable, 2));
  return `<details><summary>${escapeHtml(title)}</summary><pre>${json}</pre></details>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
