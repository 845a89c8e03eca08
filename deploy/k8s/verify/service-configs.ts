import type { z } from 'zod';
import { dispatcherConfigSchema } from '@vigil/dispatcher/config';
import { gatewayConfigSchema } from '@vigil/gateway/config';
import { ingestorConfigSchema } from '@vigil/ingestor/config';
import { scorerConfigSchema } from '@vigil/scorer/config';

/** The schema with which each service reads its environment: what the tree gives must fit it, and nothing more. */
export const serviceConfigs: Record<string, z.ZodObject> = {
  dispatcher: dispatcherConfigSchema,
  gateway: gatewayConfigSchema,
  ingestor: ingestorConfigSchema,
  scorer: scorerConfigSchema,
};
