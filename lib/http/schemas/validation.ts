import * as z from 'zod/mini';
import { anyText, body } from './fields.ts';

/**
 * The body of a validation. Its fields are compared with the key's exactly, so any text is valid, and
 * one that no key can have refuses the key.
 */
export const validateBody = z.partial(
  body({
    api_key: anyText,
    service_id: anyText,
    required_scope: anyText,
    client_ip: anyText,
    environment: anyText,
  }),
);

export type ValidateBody = z.output<typeof validateBody>;
