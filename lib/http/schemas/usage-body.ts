import * as z from 'zod/mini';
import { toThousandths } from '../../domain/usage-totals.ts';
import { body, integer, oneOf, orRequired, text } from './fields.ts';

/** Accepted characters of an endpoint: a report must not be lost because of its name. */
const MAX_ENDPOINT = 2048;
/** Stored characters of an endpoint. */
const STORED_ENDPOINT = 200;
/** More than any quantity that is measured in one request. */
const MAX_QUANTITY = 1_000_000_000;

/** A quantity with three decimals, so that sums of it are exact. */
const quantity = (() => {
  const error = orRequired(`must be a number from 0 to ${MAX_QUANTITY}`);
  return z.pipe(
    z.number({ error }).check(z.minimum(0, { error }), z.maximum(MAX_QUANTITY, { error })),
    z.transform(toThousandths),
  );
})();

const endpoint = z.pipe(
  text(MAX_ENDPOINT),
  z.transform((name) => [...name].slice(0, STORED_ENDPOINT).join('')),
);

/** 0 means that the status is not known yet, in a debit before the request is served. */
const statusCode = z.union([z.literal(0), integer(100, 599)], {
  error: orRequired('must be 0 or a whole number from 100 to 599'),
});

/**
 * Makes the schema of a usage report.
 * @param services the services of this deployment
 */
export function usageBody(services: readonly string[]) {
  return body({
    service_id: oneOf(services),
    endpoint,
    status_code: statusCode,
    response_time_ms: quantity,
    predictions_count: z._default(integer(0, MAX_QUANTITY), 0),
    compute_ms: z._default(quantity, 0),
    model_id: z.optional(text(200)),
    idempotency_key: z.optional(text(200)),
  });
}
