import { alertFrameSchema } from '@vigil/shared/contracts';
import { answerSchema, requestSchema } from '../json-schema.ts';
import { clientMessageSchema } from './stream-query.ts';

/** JSON Schema of what travels on `/ws/alerts`, as it stands in docs/stream.schema.json. */
export function streamJsonSchema(): object {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Vigil alert stream',
    description: 'One message of /ws/alerts, in either direction.',
    $defs: { frame: answerSchema(alertFrameSchema), message: requestSchema(clientMessageSchema, 'output') },
    anyOf: [{ $ref: '#/$defs/frame' }, { $ref: '#/$defs/message' }],
  };
}
