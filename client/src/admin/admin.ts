import { type CamelCased, type CamelCasedInput, toCamelCase, toSnakeCase } from '../camel-case.ts';
import { requireKnown } from '../known-options.ts';
import { createApi } from './api.ts';
import type { AdminOptions } from './call.ts';
import { type Listing, mapPages } from './listing.ts';
import type * as wire from '../wire.ts';

const OPTIONS = ['url', 'token', 'timeoutMs'] satisfies (keyof AdminOptions)[];

export type ApiKeyInfo = CamelCased<wire.ApiKeyInfo>;
export type IssuedKey = CamelCased<wire.IssuedKey>;
export type AuditEntry = AuditTrail['entries'][number];
export type AuditTrail = CamelCased<wire.AuditTrail>;
export type AuditLog = CamelCased<wire.AuditLog>;
export type Explanation = CamelCased<wire.Explanation>;
export type Posture = CamelCased<wire.Posture>;

/**
 * A client for administrators. Each method throws AdminError for an answer that is no success, and
 * AuthUnavailable if there is none.
 */
export interface Admin {
  /**
   * Issues a key, which only the answer contains. It is not sent again: after AuthUnavailable or a
   * 5xx, list the keys and revoke the newest with this name.
   */
  create(fields: CamelCasedInput<wire.CreateKeyRequest>): Promise<IssuedKey>;
  get(keyId: string): Promise<ApiKeyInfo>;
  /** Lists keys, newest first. */
  list(query?: CamelCasedInput<wire.ListKeysQuery>): Listing<readonly ApiKeyInfo[], ApiKeyInfo>;
  /** Changes the given fields of a key. */
  update(keyId: string, fields: CamelCasedInput<wire.UpdateKeyRequest>): Promise<ApiKeyInfo>;
  /**
   * Replaces a key by a new one, which only the answer contains. It is not sent again: after
   * AuthUnavailable or a 5xx, rotate the key that `rotatedTo` of the old one names, if it does.
   */
  rotate(keyId: string, fields?: CamelCasedInput<wire.RotateKeyRequest>): Promise<IssuedKey>;
  /** Revokes a key, permanently and at once. */
  revoke(keyId: string, fields?: CamelCasedInput<wire.RevokeKeyRequest>): Promise<void>;
  /** Says how each check of a validation ends. Counts nothing. */
  explain(request: CamelCasedInput<wire.ExplainRequest>): Promise<Explanation>;
  /** Lists the changes of a key, newest first; each page says whether its entries are intact. */
  audit(
    keyId: string,
    query?: CamelCasedInput<wire.AuditTrailQuery>,
  ): Listing<AuditTrail, AuditEntry>;
  /** Lists the changes of all keys, newest first. */
  auditLog(
    query?: CamelCasedInput<wire.AuditLogQuery>,
  ): Listing<AuditLog, AuditLog['entries'][number]>;
  /** Returns how the stage stands on each item of the security checklist. */
  posture(): Promise<Posture>;
  /** Returns the usage of a key in a month. */
  usage(
    keyId: string,
    query?: CamelCasedInput<wire.UsageStatisticsQuery>,
  ): Promise<CamelCased<wire.UsageStatistics>>;
  bill(keyId: string): Promise<CamelCased<wire.Bill>>;
  /** Returns the usage of all keys by day and service. */
  usageTotals(
    query?: CamelCasedInput<wire.UsageTotalsQuery>,
  ): Promise<CamelCased<wire.UsageTotals>>;
}

/**
 * Creates a client for administrators.
 * @throws TypeError if an option does not exist or is not usable
 */
export function createAdmin(options: AdminOptions): Admin {
  requireKnown(options, OPTIONS, 'createAdmin');
  const api = createApi(options);
  return {
    create: async (fields) => toCamelCase(await api.create(toSnakeCase(fields))),
    get: async (keyId) => toCamelCase(await api.get(keyId)),
    list: (query = {}) => mapPages(api.list(toSnakeCase(query)), toCamelCase, (keys) => keys),
    update: async (keyId, fields) => toCamelCase(await api.update(keyId, toSnakeCase(fields))),
    rotate: async (keyId, fields = {}) => toCamelCase(await api.rotate(keyId, toSnakeCase(fields))),
    revoke: async (keyId, fields = {}) => {
      await api.revoke(keyId, toSnakeCase(fields));
    },
    explain: async (request) => toCamelCase(await api.explain(toSnakeCase(request))),
    audit: (keyId, query = {}) =>
      mapPages(api.audit(keyId, toSnakeCase(query)), toCamelCase, ({ entries }) => entries),
    auditLog: (query = {}) =>
      mapPages(api.auditLog(toSnakeCase(query)), toCamelCase, ({ entries }) => entries),
    posture: async () => toCamelCase(await api.posture()),
    usage: async (keyId, query = {}) => toCamelCase(await api.usage(keyId, toSnakeCase(query))),
    bill: async (keyId) => toCamelCase(await api.bill(keyId)),
    usageTotals: async (query = {}) => totalsOf(await api.usageTotals(toSnakeCase(query))),
  };
}

/** Keeps the names of the days and of the services, which are data. */
function totalsOf({ usage_by_date, ...rest }: wire.UsageTotals): CamelCased<wire.UsageTotals> {
  const usageByDate = mapValues(usage_by_date, (day) => mapValues(day, toCamelCase));
  return { ...toCamelCase(rest), usageByDate };
}

function mapValues<From, To>(
  of: Readonly<Record<string, From>>,
  change: (value: From) => To,
): Readonly<Record<string, To>> {
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [name, change(value)]));
}
