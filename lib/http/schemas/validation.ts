import * as z from 'zod/mini';
import { anyText, body, integer } from './fields.ts';

/**
 * The body of a validation. Where text is expected, any is valid: a value that no key has makes the
 * validation refuse the key.
 */
export const validateBody = z.partial(
  body({
    api_key: anyText,
    service_id: anyText,
    required_scope: anyText,
    client_ip: anyText,
    environment: anyText,
    lease_requests: integer(1, 1000),
  }),
);

export type ValidateBody = z.output<typeof validateBody>;
