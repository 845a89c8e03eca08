import type { z } from 'zod';

/**
 * What a text in Redis says, in the shape of a schema. Whoever reaches Redis may write anything there, and another release something else:
 * that is undefined.
 */
export function readJson<T>(text: string, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
