import { readFileSync } from 'node:fs';
import { operationsOf } from '../support/contract/document.ts';
import { lastRelease, type Release } from '../support/releases.ts';

const documents: Record<Release['name'], string> = {
  previous: lastRelease['openapi.json'] ?? '',
  current: readFileSync('openapi.json', 'utf8'),
};

/** Returns the fields of a request that a release knows, by name. */
export function fieldsOf(release: Release['name'], operation: string) {
  const described = operationsOf(JSON.parse(documents[release]));
  const { requestBody } = described.find(({ key }) => key === operation) ?? {};
  return requestBody?.content['application/json'].schema.properties ?? {};
}

/** Every field of the working tree's requests, with a value that is no default. */
export const REQUESTS = {
  'POST /api/v1/keys': {
    name: 'every field',
    service_id: 'platform',
    scopes: ['read', 'write'],
    allowed_ips: ['127.0.0.1', '203.0.113.0/24'],
    rate_limit_per_hour: 70,
    monthly_prediction_limit: 1000,
    overage_allowed: true,
    billing_plan: 'pro',
    use_case: 'batch',
    expires_in_days: 30,
    user_id: 'alice',
    environment: 'test',
  },
  'PATCH /api/v1/keys/{key_id}': {
    name: 'every field, changed',
    scopes: ['read'],
    allowed_ips: ['127.0.0.1'],
    rate_limit_per_hour: 60,
    monthly_prediction_limit: 2000,
    overage_allowed: false,
    billing_plan: 'free',
    use_case: 'internal',
    expires_in_days: 60,
    suspended: false,
  },
  'POST /api/v1/usage/{key_id}': {
    service_id: 'platform',
    endpoint: '/v1/predict',
    status_code: 500,
    response_time_ms: 12.5,
    predictions_count: 3,
    compute_ms: 7.25,
    model_id: 'a-model',
    idempotency_key: 'every field',
  },
};
type Operation = keyof typeof REQUESTS;

/** Returns the request with the fields that the release knows. */
export function requestOf({ name }: Release, operation: Operation): Record<string, unknown> {
  const known = fieldsOf(name, operation);
  const fields = Object.entries(REQUESTS[operation]);
  return Object.fromEntries(fields.filter(([field]) => field in known));
}

/** Returns a request for each value of the fields that take one of several. */
export function choicesOf({ name }: Release, operation: Operation): Record<string, unknown>[] {
  return Object.entries(fieldsOf(name, operation)).flatMap(([field, schema]) =>
    (schema.enum ?? []).filter((value) => value !== null).map((value) => ({ [field]: value })),
  );
}
