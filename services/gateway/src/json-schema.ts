import { z } from 'zod';

type Json = Record<string, unknown>;

/** JSON Schema of what clients send: `input` before defaults are filled in, `output` where that is a list of texts, say. */
export function requestSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json;
  return rest;
}

/** JSON Schema of what clients get. Later releases add fields, and whoever validates with this one must not refuse those. */
export function answerSchema(schema: z.ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io: 'output',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  }) as Json;
  return rest;
}
