import type { ApiKey } from '../domain/key.ts';
import { type CachedKey, cachedKey } from './key-cache.ts';
import { loadKey } from './load-key.ts';
import { verifySecret } from './verify-secret.ts';

export type PresentedOutcome<Decision> =
  | { readonly kind: 'not_found' }
  | { readonly kind: 'wrong_secret' }
  | { readonly kind: 'decided'; readonly found: CachedKey; readonly decision: Decision };

/**
 * Verifies the secret of a presented key and decides on the key. A cached key may be out of date,
 * so it is read again before it is refused, unless it was revoked: that is permanent.
 * @param isUpToDate whether the key was read for this request already
 * @throws Unavailable
 */
export async function decideOnPresented<Decision extends { readonly kind: 'allowed' | 'refused' }>(
  key: ApiKey,
  decide: (found: CachedKey) => Decision,
  now: Date,
  isUpToDate = false,
): Promise<PresentedOutcome<Decision>> {
  const cached = cachedKey(key.keyId);
  const found = cached ?? (await loadKey(key.keyId, now));
  if (!found) return { kind: 'not_found' };
  if (!(await verifySecret(key, found.verifiers, now))) return { kind: 'wrong_secret' };
  const decision = decide(found);
  const isFinal = decision.kind === 'allowed' || found.record.revoked_at !== null;
  if (isFinal || !cached || isUpToDate) {
    return { kind: 'decided', found, decision };
  }
  const current = await loadKey(key.keyId, now);
  if (!current) return { kind: 'not_found' };
  return { kind: 'decided', found: current, decision: decide(current) };
}
