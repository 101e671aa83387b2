import { NOW, type useService } from '../../support/service.ts';

type Service = ReturnType<typeof useService>;

/** A request that a middleware answers itself, and the answer. */
interface Refusal {
  readonly code: string;
  /** The route of the test's application. */
  readonly route: string;
  /** Makes the key of the request. */
  readonly key?: (service: Service) => string | Promise<string>;
  readonly status: 401 | 429 | 503;
  readonly detail: string;
  /** The headers that not every answer of the status has. */
  readonly headers?: object;
}

export const TITLES = {
  401: 'Unauthorized',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
};

/** Returns the headers with the state of the hourly limit, half an hour before its end. */
export const hourHeaders = (limit: number, remaining: number) => ({
  'ratelimit-policy': `"hour";q=${limit};w=3600`,
  ratelimit: `"hour";r=${remaining};t=1800`,
});

const verified = { status: 401, headers: hourHeaders(1000, 1000) } as const;
const invalid = { code: 'invalid_key', status: 401, detail: 'Invalid API key' } as const;
const missing = { code: 'missing_key', status: 401, detail: 'No API key provided' } as const;
const unavailable = {
  code: 'unavailable',
  key: () => 'hk_live_any',
  status: 503,
  detail: 'The API key could not be checked, try again later',
  headers: { 'retry-after': '1' },
} as const;

const created = (fields?: object) => async (service: Service) =>
  (await service.create(fields)).api_key;

export const REFUSALS: readonly Refusal[] = [
  { ...missing, route: 'plain' },
  { ...missing, route: 'open' },
  { ...invalid, route: 'plain', key: () => 'hk_live_unknown' },
  // The service would answer these with an error, and a route that fails open would let them in.
  { ...invalid, route: 'open', key: () => `hk_live_${'a'.repeat(9000)}` },
  { ...invalid, route: 'open', key: () => 'hk_live_\u00e9' },
  {
    ...verified,
    code: 'revoked',
    route: 'plain',
    key: async (service) => {
      const { api_key, key_id } = await service.create();
      await service.call('DELETE', `/api/v1/keys/${key_id}`);
      return api_key;
    },
    detail: 'API key is inactive or has been revoked',
  },
  {
    ...verified,
    code: 'expired',
    route: 'plain',
    key: async (service) => {
      const { api_key, key_id } = await service.create({ expires_in_days: 1 });
      await service.alter(key_id, 'expires_at', new Date(NOW.getTime() - 1).toISOString());
      return api_key;
    },
    detail: 'API key has expired',
  },
  {
    ...verified,
    code: 'service_mismatch',
    route: 'plain',
    key: created({ service_id: 'platform' }),
    detail: 'Key not authorized for this service',
  },
  {
    ...verified,
    code: 'environment_mismatch',
    route: 'staging',
    key: created(),
    detail: 'Key not authorized for this environment',
  },
  {
    ...verified,
    code: 'insufficient_scope',
    route: 'scoped',
    key: created({ scopes: ['read'] }),
    detail: 'Key does not have required scope',
  },
  {
    ...verified,
    code: 'ip_not_allowed',
    route: 'plain',
    key: created({ allowed_ips: ['203.0.113.7'] }),
    detail: 'IP address not in allowlist',
  },
  {
    code: 'rate_limited',
    route: 'plain',
    key: async (service) => {
      const { api_key, key_id } = await service.create();
      await service.alter(key_id, 'rate_limit_per_hour', 1);
      await service.validate(api_key);
      return api_key;
    },
    status: 429,
    detail: 'Rate limit exceeded',
    headers: { 'retry-after': '1800', ...hourHeaders(1, 0) },
  },
  {
    code: 'monthly_limit_exceeded',
    route: 'plain',
    key: async (service) => {
      const { api_key, key_id } = await service.create({ monthly_prediction_limit: 1 });
      const usage = {
        endpoint: '/v1',
        status_code: 200,
        response_time_ms: 1,
        predictions_count: 1,
      };
      await service.call('POST', `/api/v1/usage/${key_id}`, {
        body: { service_id: 'prediction', ...usage },
      });
      return api_key;
    },
    status: 429,
    detail: 'Monthly prediction limit exceeded',
    headers: { 'retry-after': '624600', ...hourHeaders(1000, 1000) },
  },
  { ...unavailable, route: 'down' },
  { ...unavailable, route: 'slow' },
];
