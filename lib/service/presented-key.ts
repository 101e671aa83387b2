import { readKey } from '../aws/dynamodb/keys.ts';
import { type ApiKey, unusedKeyId } from '../domain/key.ts';
import { type CachedKey, cachedKey } from './key-cache.ts';
import { loadKey } from './load-key.ts';
import { cacheRefused, wasRefused } from './refused-cache.ts';
import { verifyNothing, verifySecret } from './verify-secret.ts';

export type PresentedOutcome<Decision> =
  /** The key is unknown, or its secret is wrong. */
  | { readonly kind: 'invalid' }
  | { readonly kind: 'decided'; readonly found: CachedKey; readonly decision: Decision };

/**
 * Verifies the secret of a presented key and decides on the key. A cached key may be out of date,
 * so it is read again before it is refused, unless it was revoked: that is permanent.
 *
 * An unknown key and a wrong secret take the same steps, so that the time of the answer does not
 * tell which keys exist: one read and one digest, and nothing if they are presented again within a
 * second.
 * @param isUpToDate whether the key was read for this request already
 * @throws Unavailable
 */
export async function decideOnPresented<Decision extends { readonly kind: 'allowed' | 'refused' }>(
  key: ApiKey,
  decide: (found: CachedKey) => Decision,
  now: Date,
  isUpToDate = false,
): Promise<PresentedOutcome<Decision>> {
  if (wasRefused(key, now)) return { kind: 'invalid' };
  const cached = cachedKey(key.keyId);
  const found = cached ?? (await loadKey(key.keyId, now));
  if (found && (await verifySecret(key, found.verifiers, now))) {
    const decision = decide(found);
    const isFinal = decision.kind === 'allowed' || found.record.revoked_at !== null;
    if (isFinal || !cached || isUpToDate) return { kind: 'decided', found, decision };
    const current = await loadKey(key.keyId, now);
    if (current) return { kind: 'decided', found: current, decision: decide(current) };
  } else if (cached) await readKey(unusedKeyId(key));
  else if (!found) await verifyNothing(key, now);
  cacheRefused(key, now);
  return { kind: 'invalid' };
}
