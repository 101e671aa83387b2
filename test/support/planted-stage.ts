import type { Item } from '../../lib/aws/dynamodb/item.ts';
import type { KeyCheck } from '../../lib/domain/posture.ts';
import type { KeyRecord } from '../../lib/domain/record.ts';
import { DAY_MS, HOUR_MS } from '../../lib/domain/time.ts';
import { seededItem } from '../bench/keys.ts';

const PEPPER = { version: 'none', value: 'none' };

/** A kind of key, with what the checks must find about it. */
interface Kind {
  readonly fields: (ago: (ms: number) => string) => Partial<KeyRecord>;
  readonly finds: readonly KeyCheck[];
}

const DAYS = (n: number) => n * DAY_MS;

/** Every finding, alone and with others, and keys that are just inside of each limit. */
const KINDS: readonly Kind[] = [
  { fields: (ago) => ({ created_at: ago(DAYS(90)) }), finds: ['rotation_overdue'] },
  { fields: (ago) => ({ created_at: ago(DAYS(76)) }), finds: ['rotation_due_soon'] },
  { fields: (ago) => ({ created_at: ago(DAYS(76) - 1) }), finds: [] },
  {
    fields: (ago) => ({ created_at: ago(DAYS(90)), environment: 'test' }),
    finds: [],
  },
  { fields: () => ({ scopes: [] }), finds: ['no_scopes'] },
  { fields: () => ({ allowed_ips: null, rate_limit_per_hour: 5000 }), finds: ['no_allowlist'] },
  { fields: () => ({ allowed_ips: [], rate_limit_per_hour: 4999 }), finds: [] },
  {
    fields: () => ({ allowed_ips: null, use_case: 'batch', rate_limit_per_hour: 100 }),
    finds: ['no_allowlist', 'limit_outside_band'],
  },
  {
    fields: () => ({ use_case: 'internal', rate_limit_per_hour: 100_000 }),
    finds: [],
  },
  {
    fields: () => ({ use_case: 'development', rate_limit_per_hour: 101 }),
    finds: ['limit_outside_band'],
  },
  { fields: () => ({ allowed_ips: ['::/0', '192.0.2.1'] }), finds: ['open_allowlist'] },
  { fields: () => ({ allowed_ips: ['128.0.0.0/1', '0.0.0.0/1'] }), finds: ['open_allowlist'] },
  { fields: () => ({ allowed_ips: ['10.0.0.0/16', '10.1.0.0'] }), finds: ['wide_allowlist'] },
  { fields: () => ({ allowed_ips: ['10.0.0.0/16', '10.0.0.0/17', '2001:db8::/32'] }), finds: [] },
  { fields: (ago) => ({ created_at: ago(DAYS(30)), last_used_at: null }), finds: ['never_used'] },
  { fields: (ago) => ({ created_at: ago(DAYS(29)), last_used_at: null }), finds: [] },
  {
    fields: (ago) => ({
      created_at: ago(DAYS(170)),
      environment: 'test',
      last_used_at: ago(DAYS(90)),
    }),
    finds: ['rotation_due_soon', 'unused_90_days'],
  },
  {
    fields: (ago) => ({
      created_at: ago(DAYS(400)),
      environment: 'development',
      last_used_at: ago(DAYS(89)),
    }),
    finds: [],
  },
  {
    fields: (ago) => ({ created_at: ago(DAYS(95)), grace_ends_at: ago(-1), scopes: [] }),
    finds: ['no_scopes', 'in_grace'],
  },
  ...(['revoked_at', 'suspended_at', 'expires_at', 'grace_ends_at'] as const).map(
    (end): Kind => ({
      fields: (ago) => ({
        [end]: ago(0),
        created_at: ago(DAYS(100)),
        last_used_at: null,
        scopes: [],
        allowed_ips: ['0.0.0.0/0'],
      }),
      finds: [],
    }),
  ),
];

export interface PlantedKey {
  readonly item: Item;
  readonly finds: readonly KeyCheck[];
}

/**
 * Returns the keys of a stage with faults: one key in ten has a fault or nearly has it, and the
 * others have none.
 */
export function plantedStage(count: number, now: Date): PlantedKey[] {
  return Array.from({ length: count }, (_, i) => {
    const kind = i % 10 === 0 ? KINDS[(i / 10) % KINDS.length] : undefined;
    // Many share their millisecond, and keys of one kind are spread over the listing.
    const ago = (ms: number) => new Date(now.getTime() - ms).toISOString();
    const healthy = {
      created_at: ago(DAYS(i % 60) + HOUR_MS),
      last_used_at: ago(HOUR_MS),
      rate_limit_per_hour: 1000,
    };
    return {
      item: seededItem(i, PEPPER, { ...healthy, ...kind?.fields(ago) }),
      finds: kind?.finds ?? [],
    };
  });
}
