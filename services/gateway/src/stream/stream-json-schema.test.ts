import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { streamJsonSchema } from './stream-json-schema.ts';

it('is what docs/stream.schema.json says (pnpm --filter @vigil/gateway stream-schema)', () => {
  const written = readFileSync(new URL('../../../../docs/stream.schema.json', import.meta.url), 'utf8');
  expect(JSON.parse(written)).toEqual(JSON.parse(JSON.stringify(streamJsonSchema())));
});

it('lets frames have fields that a later release adds, and messages none that are misspelt', () => {
  const { $defs } = streamJsonSchema() as { $defs: { frame: object; message: object } };
  expect(JSON.stringify($defs.frame)).not.toContain('"additionalProperties":false');
  expect($defs.message).toMatchObject({ additionalProperties: false });
});
