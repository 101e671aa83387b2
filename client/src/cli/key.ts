import type { ApiKeyInfo } from '../wire.ts';
import { formatDay, formatFields, formatTime } from './format.ts';
import type { Column } from './table.ts';

/** Returns whether and why a key is refused: `active`, `grace` while it is replaced, or why. */
export function stateOf(key: ApiKeyInfo, now: number): string {
  const { is_active, expires_at, revoked_at, rotated_to, suspended_at } = key;
  if (suspended_at && !revoked_at) return 'suspended';
  if (revoked_at && Date.parse(revoked_at) <= now) return rotated_to ? 'rotated' : 'revoked';
  if (!is_active) return 'inactive';
  if (expires_at && Date.parse(expires_at) <= now) return 'expired';
  return revoked_at ? 'grace' : 'active';
}

/** Returns the fields of a key for people, its state first. */
export function describeKey(key: ApiKeyInfo, now: number): Record<string, unknown> {
  return {
    state: describeState(key, now),
    ...key,
    scopes: key.scopes.length > 0 ? key.scopes : 'all of its service',
    allowed_ips: key.allowed_ips ?? 'any address',
    used_from: key.used_from?.map(({ address, last_used_at }) => `${address} at ${last_used_at}`),
  };
}

function describeState(key: ApiKeyInfo, now: number): string {
  const state = stateOf(key, now);
  return state === 'grace' ? `grace, until ${key.revoked_at}` : state;
}

/** Returns what tells a key apart from others, for a question about it. */
export function factsOf({ name, key_prefix, service_id, last_used_at }: ApiKeyInfo): string {
  return formatFields(
    { name, prefix: key_prefix, service: service_id, last_used: formatTime(last_used_at) },
    '  ',
  );
}

/** Returns the columns of a list of keys. */
export function keyColumns(now: number): Column<ApiKeyInfo>[] {
  return [
    { title: 'KEY ID', width: 36, value: ({ key_id }) => key_id },
    { title: 'PREFIX', width: 14, value: ({ key_prefix }) => key_prefix },
    { title: 'STATE', width: 9, value: (key) => stateOf(key, now) },
    { title: 'SERVICE', width: 12, from: 110, value: ({ service_id }) => service_id },
    { title: 'LAST USED', width: 10, from: 100, value: (key) => formatDay(key.last_used_at) },
    { title: 'NAME', width: 12, value: ({ name }) => name },
  ];
}
