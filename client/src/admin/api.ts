import type {
  ApiKeyInfo,
  AuditLog,
  AuditLogQuery,
  AuditTrail,
  AuditTrailQuery,
  Bill,
  CreateKeyRequest,
  ExplainRequest,
  Explanation,
  IssuedKey,
  KeyRevoked,
  ListKeysQuery,
  Posture,
  RevokeKeyRequest,
  RotateKeyRequest,
  UpdateKeyRequest,
  UsageStatistics,
  UsageStatisticsQuery,
  UsageTotals,
  UsageTotalsQuery,
} from '../wire.ts';
import { type AdminOptions, createCall } from './call.ts';
import { createListing } from './listing.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The administrators' operations, with requests and answers as they are on the wire. */
export type Api = ReturnType<typeof createApi>;

/**
 * Makes the administrators' operations.
 * @throws TypeError if the URL is not one of HTTP
 */
export function createApi(options: AdminOptions) {
  const call = createCall(options);
  const get = async <Body>(path: string, query: object = {}) =>
    (await call<Body>('GET', path, { query })).body;

  return {
    create: async (body: CreateKeyRequest) =>
      (await call<IssuedKey>('POST', 'keys', { body })).body,

    get: (keyId: string) => get<ApiKeyInfo>(pathOf(keyId)),

    list: (query: ListKeysQuery = {}) =>
      createListing(
        query,
        (page) => call<ApiKeyInfo[]>('GET', 'keys', { query: page }),
        (keys) => keys,
      ),

    update: async (keyId: string, body: UpdateKeyRequest) =>
      (await call<ApiKeyInfo>('PATCH', pathOf(keyId), { body })).body,

    rotate: async (keyId: string, body: RotateKeyRequest = {}) =>
      (await call<IssuedKey>('POST', `${pathOf(keyId)}/rotate`, { body })).body,

    revoke: async (keyId: string, body: RevokeKeyRequest = {}) =>
      (await call<KeyRevoked>('DELETE', pathOf(keyId), { body })).body,

    explain: async (body: ExplainRequest) =>
      (await call<Explanation>('POST', 'keys/explain', { body, isRepeatable: true })).body,

    audit: (keyId: string, query: AuditTrailQuery = {}) =>
      createListing(
        query,
        (page) => call<AuditTrail>('GET', `${pathOf(keyId)}/audit`, { query: page }),
        ({ entries }) => entries,
      ),

    auditLog: (query: AuditLogQuery = {}) =>
      createListing(
        query,
        (page) => call<AuditLog>('GET', 'audit', { query: page }),
        ({ entries }) => entries,
      ),

    posture: () => get<Posture>('security/posture'),

    usage: (keyId: string, query: UsageStatisticsQuery = {}) =>
      get<UsageStatistics>(`usage/${checkId(keyId)}/stats`, query),

    bill: (keyId: string) => get<Bill>(`usage/${checkId(keyId)}/billing`),

    usageTotals: (query: UsageTotalsQuery = {}) => get<UsageTotals>('usage/aggregate', query),
  };
}

/** Returns whether a text is a `key_id`. Others, such as `..`, would be another path. */
export function isKeyId(text: string): boolean {
  return UUID.test(text);
}

function pathOf(keyId: string): string {
  return `keys/${checkId(keyId)}`;
}

/** @throws TypeError, without the value: it may be a key that was given by mistake */
function checkId(keyId: string): string {
  if (isKeyId(keyId)) return keyId;
  throw new TypeError('A key_id is a UUID');
}
