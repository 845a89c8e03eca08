import { z } from 'zod';
import { answerSchema, requestSchema } from '../json-schema.ts';
import type { AnyRouteSpec } from './api.ts';

type Json = Record<string, unknown>;

const PROBLEM_SCHEMA = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
  },
};

export interface OpenApi extends Json {
  paths: Record<string, Json>;
  components: { schemas: Record<string, Json>; securitySchemes: Json };
}

/** OpenAPI 3.1 from the very schemas that requests are checked with. */
export function openApiDocument(specs: readonly AnyRouteSpec[]): OpenApi {
  const paths: Record<string, Json> = {};
  const schemas: Record<string, Json> = { Problem: PROBLEM_SCHEMA };
  for (const spec of specs) {
    const path = spec.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [spec.method.toLowerCase()]: operationOf(spec, schemas) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Vigil',
      version: '1',
      description:
        'Stored events and live alerts. The stream is described in docs/stream.md, POST /ingest/batch in docs/push.md.',
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-API-Key' } },
      schemas,
    },
  };
}

function operationOf(spec: AnyRouteSpec, schemas: Record<string, Json>): Json {
  return {
    operationId: spec.name,
    summary: spec.summary,
    ...(spec.description === undefined ? {} : { description: spec.description }),
    ...(spec.scope === undefined ? { security: [] } : { security: [{ key: [] }], 'x-scope': spec.scope }),
    parameters: [...parametersOf(spec.params, 'path'), ...parametersOf(spec.query, 'query')],
    ...(spec.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: requestSchema(spec.body, 'input') } },
          },
        }),
    responses: {
      200: { description: spec.summary, content: contentOf(spec, schemas) },
      default: {
        description: 'What went wrong (RFC 9457)',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

function contentOf(spec: AnyRouteSpec, schemas: Record<string, Json>): Json {
  if (spec.response !== undefined)
    return { 'application/json': { schema: byName(answerSchema(spec.response), schemas) } };
  return Object.fromEntries((spec.contentTypes ?? []).map((type) => [type, { schema: { type: 'string' } }]));
}

/** Moves what has a name (`id`) to the document's schemas, which generated clients take the names of their types from. */
function byName(schema: Json, schemas: Record<string, Json>): Json {
  const text = JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/');
  const { $defs, ...own } = JSON.parse(text) as Json;
  Object.assign(schemas, $defs);
  return own;
}

function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query'): Json[] {
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape as Record<string, z.ZodType>).map(([name, field]) => {
    const { description, ...rest } = requestSchema(field, 'output');
    return {
      name,
      in: place,
      required: place === 'path' || !field.safeParse(undefined).success,
      ...(description === undefined ? {} : { description }),
      schema: rest,
    };
  });
}
