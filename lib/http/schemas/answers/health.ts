import * as z from 'zod/mini';
import { describe } from './fields.ts';

export const healthy = z.object({ status: z.literal('healthy') });

const checks = describe(
  z.object({
    database: describe(z.boolean(), 'Whether DynamoDB answers a read.'),
    secrets: describe(z.boolean(), 'Whether Secrets Manager answers a read.'),
  }),
  'The dependencies that were asked.',
);

export const ready = z.object({ status: z.literal('ready'), checks });

export const notReady = z.object({ status: z.literal('not ready'), checks });
