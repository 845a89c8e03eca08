import { alertFrameSchema } from '@vigil/shared/contracts';
import { z } from 'zod';
import { clientMessageSchema } from './stream-query.ts';

/** JSON Schema of what travels on `/ws/alerts`, as it stands in docs/stream.schema.json. */
export function streamJsonSchema(): object {
  const schema = (of: z.ZodType, io: 'input' | 'output'): object => {
    const { $schema: _, ...rest } = z.toJSONSchema(of, { io, unrepresentable: 'any' });
    return rest;
  };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Vigil alert stream',
    description: 'One message of /ws/alerts, in either direction.',
    $defs: { frame: schema(alertFrameSchema, 'output'), message: schema(clientMessageSchema, 'output') },
    anyOf: [{ $ref: '#/$defs/frame' }, { $ref: '#/$defs/message' }],
  };
}
