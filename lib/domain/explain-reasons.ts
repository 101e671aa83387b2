import { isAddress } from './allowlist.ts';
import type { ValidationRequest } from './decide.ts';
import { type CheckName, environmentOf, type Facts, type FoundKey } from './explain-facts.ts';
import { hasValidChecksum, isKeyId } from './key.ts';
import { describeFault } from './key-fault.ts';
import { isExpired, isRevoked } from './key-state.ts';
import type { KeyRecord } from './record.ts';

/** The most entries of a list, and the most characters of a caller's text, in a sentence. */
const MAX_LISTED = 5;
const MAX_SHOWN = 100;

const NOT_PRESENTED = 'Only a key_id was given; send the key itself as api_key to check this.';
const MALFORMED = 'The key is malformed.';
const UNKNOWN = 'The key is unknown.';

/** The sentence for each check, whatever its result. */
export const REASONS: Record<CheckName, (facts: Facts) => string> = {
  format: ({ presented }) => {
    if (presented.kind === 'key_id') return NOT_PRESENTED;
    return presented.kind === 'key'
      ? 'The text has the format of a key.'
      : describeFault(presented.text);
  },
  deployment: (facts) => {
    const environment = environmentOf(facts);
    if (!environment) return 'The environment of the key is unknown.';
    return `The key is for ${environment}; this deployment accepts keys for ${list(facts.environments)}.`;
  },
  checksum: ({ presented }) => {
    if (presented.kind !== 'key') return presented.kind === 'key_id' ? NOT_PRESENTED : MALFORMED;
    return hasValidChecksum(presented.key)
      ? 'The last six characters fit the rest of the key.'
      : 'The last six characters do not fit the rest: a character is wrong, or the key was made up.';
  },
  exists: ({ presented, found }) => {
    if (found) return `${found.record.key_prefix} has the key_id ${found.record.key_id}.`;
    if (presented.kind === 'malformed') return MALFORMED;
    if (presented.kind === 'key') {
      return `This deployment has no key_id ${presented.key.keyId}, to which the first seven characters after the prefix lead: the key was never issued here, or one of them is wrong.`;
    }
    return isKeyId(presented.keyId)
      ? `This deployment has no key_id ${presented.keyId}.`
      : 'The key_id is not a UUID, so no key has it; send a key itself as api_key.';
  },
  secret: ({ presented, found }) => {
    if (presented.kind !== 'key') return presented.kind === 'key_id' ? NOT_PRESENTED : MALFORMED;
    if (!found) return UNKNOWN;
    return found.isSecretRight
      ? 'It is the key that was issued.'
      : 'It begins like the key that was issued, but the rest differs: it was copied wrongly, or guessed.';
  },
  active: ofKey(({ record }, now) => describeState(record, now)),
  expiry: ofKey(({ record }, now) => {
    if (record.expires_at === null) return 'The key never expires.';
    return `The key ${isExpired(record, now) ? 'expired' : 'expires'} at ${record.expires_at}.`;
  }),
  service: compared('service_id', ({ service_id }) => `The key is for ${service_id}`),
  environment: compared('environment', ({ environment }) => `The key is for ${environment}`),
  scope: compared('required_scope', ({ scopes }) =>
    scopes.length > 0
      ? `The key has the scopes ${list(scopes)}`
      : 'The key has no scopes, so it passes every required_scope',
  ),
  address: compared(
    'client_ip',
    ({ allowed_ips }) =>
      `The key may be used from ${allowed_ips?.length ? list(allowed_ips) : 'any address'}`,
  ),
  hourly_limit: ofKey(
    ({ limits: { hour } }) =>
      `${hour.used} of ${hour.limit} validations are used in the hour that ends at ${hour.endsAt.toISOString()}.`,
  ),
  monthly_limit: ofKey(({ record, limits: { month } }) => {
    if (month.limit === null) return 'The key has no monthly limit.';
    const overage = record.overage_allowed ? '; overage_allowed is true, so it may go on' : '';
    return `${month.used} of ${month.limit} predictions are used in the month that ends at ${month.endsAt.toISOString()}${overage}.`;
  }),
};

/** What a request asks of a key, and what to send if that was not given. */
const ASKED: Record<
  keyof ValidationRequest,
  { readonly given: (value: string) => string; readonly missing: string }
> = {
  service_id: {
    given: (service) => `the request is for ${quote(service)}`,
    missing: 'the service that was called',
  },
  environment: {
    given: (environment) => `the request is for ${quote(environment)}`,
    missing: 'the environment of the service that was called',
  },
  required_scope: {
    given: (scope) => `the request needs ${quote(scope)}`,
    missing: 'the scope that the request needs',
  },
  client_ip: {
    given: (address) =>
      isAddress(address)
        ? `the request came from ${address}`
        : `client_ip is ${quote(address)}, which is not an IP address`,
    missing: 'the address that the service saw',
  },
};

/** Makes the reason of a check of a stored key. */
function ofKey(describe: (found: FoundKey, now: Date) => string): (facts: Facts) => string {
  return ({ found, now }) => (found ? describe(found, now) : UNKNOWN);
}

/** Makes the reason of a check that compares a stored key with a field of the request. */
function compared(
  field: keyof ValidationRequest,
  describe: (record: KeyRecord) => string,
): (facts: Facts) => string {
  return ({ found, request }) => {
    if (!found) return UNKNOWN;
    const { given, missing } = ASKED[field];
    const value = request[field];
    const asked = value === undefined ? `${field} was not given: send ${missing}` : given(value);
    return `${describe(found.record)}; ${asked}.`;
  };
}

function describeState(record: KeyRecord, now: Date): string {
  const { revoked_at, grace_ends_at, rotated_to, suspended_at } = record;
  if (revoked_at !== null) {
    const isReplaced = rotated_to !== null && grace_ends_at === null;
    return isReplaced
      ? `The key was rotated to ${rotated_to} at ${revoked_at}, without a grace period.`
      : `The key was revoked at ${revoked_at}.`;
  }
  if (suspended_at !== null && !isRevoked(record, now))
    return `The key was suspended at ${suspended_at}.`;
  if (grace_ends_at === null) return 'The key was neither revoked nor rotated.';
  const grace = isRevoked(record, now) ? 'ended at' : 'lasts until';
  return `The key was rotated to ${rotated_to}; its grace period ${grace} ${grace_ends_at}.`;
}

/** Lists the first entries, and says how many more there are. */
function list(entries: readonly string[]): string {
  const more = entries.length - MAX_LISTED;
  const named = entries.slice(0, MAX_LISTED).join(', ');
  return more > 0 ? `${named} and ${more} more` : named;
}

/** Quotes a caller's text if it is unusual, so that a space at its end, for example, shows. */
function quote(text: string): string {
  const short = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  return /^[\w.:/-]+$/.test(short) ? short : JSON.stringify(short);
}
