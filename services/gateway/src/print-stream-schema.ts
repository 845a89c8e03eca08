import { streamJsonSchema } from './stream/stream-json-schema.ts';

// pnpm --filter @vigil/gateway stream-schema > docs/stream.schema.json
process.stdout.write(`${JSON.stringify(streamJsonSchema(), null, 2)}\n`);
