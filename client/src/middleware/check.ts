import type { AuthUnavailable } from '../errors.ts';
import { requireKnown, requireRestrictions } from '../known-options.ts';
import type { Gate, Refused, Valid } from '../types.ts';
import { clientAddress } from './client-address.ts';
import type { HttpRouteOptions } from './options.ts';
import { type HeaderLookup, presentedKey } from './presented-key.ts';

/** What is read of a request. */
export interface Incoming {
  readonly header: HeaderLookup;
  /** The address that the request was sent from; undefined if unknown. */
  readonly remoteAddress: string | undefined;
}

/** The decision about a request. */
export type Checked = Allowed | Unchecked | Rejected | Unavailable;

export interface Allowed {
  readonly kind: 'allowed';
  readonly key: string;
  readonly apiKey: Valid;
}

/** The service could not answer, and the route fails open. */
export interface Unchecked {
  readonly kind: 'unchecked';
}

export interface Rejected extends Pick<Refused, 'status' | 'error' | 'retryAfter' | 'headers'> {
  readonly kind: 'rejected';
  readonly code: Refused['code'] | 'missing_key';
}

/** There is no decision. */
export interface Unavailable {
  readonly kind: 'unavailable';
  readonly error: AuthUnavailable;
}

const MISSING: Rejected = {
  kind: 'rejected',
  status: 401,
  code: 'missing_key',
  error: 'No API key provided',
  headers: {},
};

/**
 * Creates the check of a route. It never rejects.
 * @throws TypeError if an option does not exist or is not usable
 * @throws RangeError if `trustedProxies` is not a number of proxies
 */
export function createCheck(
  gate: Gate,
  options: HttpRouteOptions<never>,
  known: readonly string[],
): (incoming: Incoming) => Promise<Checked> {
  requireKnown(options, known, 'The check of a route');
  requireRestrictions(options);
  const { scope, environment, failOpen, trustedProxies = 0 } = options;
  if (!Number.isSafeInteger(trustedProxies) || trustedProxies < 0) {
    throw new RangeError(`trustedProxies must be a whole number from 0, not ${trustedProxies}`);
  }
  // Not what a setting may be by mistake, such as the text `false`.
  const failsOpen = failOpen === true;
  return async ({ header, remoteAddress }) => {
    const key = presentedKey(header);
    if (!key) return MISSING;
    const clientIp = clientAddress(header('x-forwarded-for'), remoteAddress, trustedProxies);
    const validation = await gate.check({ key, scope, clientIp, environment }, failsOpen);
    if (validation instanceof Error) {
      return failsOpen && validation.isOutage
        ? { kind: 'unchecked' }
        : { kind: 'unavailable', error: validation };
    }
    if (validation.valid) return { kind: 'allowed', key, apiKey: validation };
    const { status, code, error, retryAfter, headers } = validation;
    return { kind: 'rejected', status, code, error, retryAfter, headers };
  };
}
