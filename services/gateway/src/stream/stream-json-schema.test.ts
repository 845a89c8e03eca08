import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { streamJsonSchema } from './stream-json-schema.ts';

it('is what docs/stream.schema.json says (pnpm --filter @vigil/gateway stream-schema)', () => {
  const written = readFileSync(new URL('../../../../docs/stream.schema.json', import.meta.url), 'utf8');
  expect(JSON.parse(written)).toEqual(JSON.parse(JSON.stringify(streamJsonSchema())));
});
