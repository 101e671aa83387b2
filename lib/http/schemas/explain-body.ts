import * as z from 'zod/mini';
import { anyText, body } from './fields.ts';

/**
 * The body that asks for an explanation. Any text is valid: a malformed key is explained, and a
 * `key_id` that is no UUID is one that no key has.
 */
export const explainBody = z
  .partial(
    body({
      key_id: anyText,
      api_key: anyText,
      service_id: anyText,
      required_scope: anyText,
      client_ip: anyText,
      environment: anyText,
    }),
  )
  .check(
    z.refine(({ key_id, api_key }) => Boolean(key_id) !== Boolean(api_key), {
      error: 'must have either key_id or api_key (the whole key), and not both',
      when: ({ issues }) => issues.length === 0,
    }),
  );

export type ExplainBody = z.output<typeof explainBody>;
