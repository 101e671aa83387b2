import type { Allowlist } from './allowlist.ts';
import type { DecisionCheck, ValidationRequest } from './decide.ts';
import type { ApiKey, Environment } from './key.ts';
import type { LimitUses } from './limits.ts';
import type { KeyRecord } from './record.ts';
import type { AddressTimes } from './used-from.ts';

/** The checks of a validation. */
export type CheckName =
  | 'format'
  | 'deployment'
  | 'checksum'
  | 'exists'
  | 'secret'
  | DecisionCheck
  | 'hourly_limit'
  | 'monthly_limit';

/** What an administrator presents of the key to be explained. */
export type Presented =
  | { readonly kind: 'key'; readonly key: ApiKey }
  /** A text that does not have the format of a key. It may still hold most of a real one. */
  | { readonly kind: 'malformed'; readonly text: string }
  /** Any text in place of a `key_id`. */
  | { readonly kind: 'key_id'; readonly keyId: string };

/** A stored key as it is now. */
export interface FoundKey {
  readonly record: KeyRecord;
  readonly allows: Allowlist;
  /** The addresses that the key was used from in its grace period. */
  readonly usedFrom?: AddressTimes;
  /** Whether the presented key is the stored one; undefined: only a `key_id` was presented. */
  readonly isSecretRight: boolean | undefined;
  readonly limits: LimitUses;
  /** The key on whose item both limits are counted. */
  readonly countedOn: string;
}

/** Everything that the explanation of a key depends on. */
export interface Facts {
  readonly presented: Presented;
  /** Undefined: no stored key belongs to what was presented. */
  readonly found: FoundKey | undefined;
  /** The request of the service; a field that is absent was not told. */
  readonly request: Partial<ValidationRequest>;
  /** The environments whose keys the deployment accepts. */
  readonly environments: readonly Environment[];
  readonly now: Date;
}

/** Returns the environment of the key, as far as it is known. */
export function environmentOf({ presented, found }: Facts): Environment | undefined {
  return presented.kind === 'key' ? presented.key.environment : found?.record.environment;
}
