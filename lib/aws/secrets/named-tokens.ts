import * as z from 'zod/mini';
import { findPrincipal, type NamedToken } from '../../domain/named-token.ts';
import type { Principal } from '../../domain/principal.ts';
import { Unavailable } from '../../domain/unavailable.ts';
import { requireEnv, VARIABLES } from '../../environment.ts';
import { cachedValue, RECHECK_MS } from './cached-value.ts';
import { readSecret, type SecretVersion } from './client.ts';

/** A change is taken up within 60 s; half of that leaves time for a slow read. */
const MAX_AGE_MS = 30_000;

/** `admin` is the name of the token that Secrets Manager rotates. */
const NAME = /^(?!admin$)[a-z0-9][a-z0-9-]{0,39}$/;

const common = {
  sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/i)),
  expires_at: z.optional(z.iso.datetime({ offset: true })),
};

// No other fields: a misspelt restriction must not make a token without it.
const entry = z.discriminatedUnion('role', [
  z.strictObject({ ...common, role: z.enum(['admin', 'auditor']) }),
  z.strictObject({
    ...common,
    role: z.literal('service'),
    service_id: z.string().check(z.minLength(1)),
  }),
]);
type Entry = z.infer<typeof entry>;

/** The content of the secret. A token under two names could be either's. */
const content = z.record(z.string().check(z.regex(NAME)), entry).check(
  z.refine((entries) => {
    const digests = Object.values(entries).map(({ sha256 }) => sha256.toLowerCase());
    return new Set(digests).size === digests.length;
  }),
);

/** After a failed load none begins for a second, so that wrong tokens can't cause more. */
const current = cachedValue(load, RECHECK_MS);

/**
 * Finds whom a named token authenticates.
 * @throws Unavailable when the tokens can't be read, or are malformed
 */
export async function matchNamedToken(
  presented: string,
  now: Date,
): Promise<Principal | undefined> {
  return findPrincipal(await current.recent(now, MAX_AGE_MS), presented, now);
}

async function load(): Promise<NamedToken[]> {
  try {
    return parse(await readSecret(requireEnv(VARIABLES.namedTokensSecret)));
  } catch (error) {
    throw new Unavailable('no named tokens', { cause: error });
  }
}

function parse({ value, version }: SecretVersion): NamedToken[] {
  const result = content.safeParse(parseJson(value));
  if (!result.success) {
    // Names the fields only, because the error is logged. Text in place of a name may be a token.
    const places = result.error.issues.map(({ code, path }) =>
      code === 'invalid_key' ? 'a name' : path.join('.') || 'the whole',
    );
    throw new Error(`the secret of named tokens is malformed: ${places.join(', ')}`);
  }
  return Object.entries(result.data).map(([name, token]) => ({
    sha256: Buffer.from(token.sha256, 'hex'),
    expiresAt: token.expires_at === undefined ? null : new Date(token.expires_at).toISOString(),
    principal: toPrincipal(token, { name, version }),
  }));
}

/** Returns undefined for a text that is not JSON: the error would quote it. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toPrincipal(
  entry: Entry,
  token: { readonly name: string; readonly version: string },
): Principal {
  return entry.role === 'service'
    ? { kind: 'service', token, serviceId: entry.service_id }
    : { kind: entry.role, token };
}
