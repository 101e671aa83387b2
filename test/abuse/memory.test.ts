import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { ApiKey } from '../../lib/domain/key.ts';
import { digestKey } from '../../lib/domain/verifiers.ts';
import { aRecord } from '../domain/fixtures.ts';
import { NOW, useService } from '../support/service.ts';
import { deployedFiles } from '../support/source.ts';

const CAPACITY = 10_000;

useService();

/** Three times as many keys as a cache holds. */
const keys: readonly ApiKey[] = Array.from({ length: 3 * CAPACITY }, (_, i) => ({
  text: `key ${i}`,
  sha256: createHash('sha256').update(`key ${i}`).digest(),
  keyId: `id ${i}`,
  environment: 'production',
}));

/** Returns which key is the first that is remembered, and how many are. */
const span = (remembered: readonly boolean[]) => [
  remembered.indexOf(true),
  remembered.filter(Boolean).length,
];

test('a process remembers the last 10,000 keys that were unknown or had a wrong secret', async () => {
  const { cacheRefused, wasRefused } = await import('../../lib/service/refused-cache.ts');
  for (const key of keys) cacheRefused(key, NOW);
  expect(span(keys.map((key) => wasRefused(key, NOW)))).toEqual([2 * CAPACITY, CAPACITY]);
});

test('a process caches the last 10,000 keys, and fewer if they are large', async () => {
  const { cachedKey, cacheKey } = await import('../../lib/service/key-cache.ts');
  const stored = (scopes: string[], allowed_ips: string[] | null) => ({
    record: aRecord({ scopes, allowed_ips }),
    verifiers: { hash: '', digest: new Uint8Array(), pepper: '' },
    counters: {},
    leases: { lengths: [], granted: 0, ended: 0 },
    usedFrom: {},
    inheritsFrom: undefined,
    sealedFrom: undefined,
  });
  const cached = () => span(keys.map(({ keyId }) => cachedKey(keyId) !== undefined));
  for (const { keyId } of keys) cacheKey(keyId, stored([], null));
  expect(cached()).toEqual([2 * CAPACITY, CAPACITY]);
  // Each counts as ten keys.
  const scopes = Array.from({ length: 45 }, (_, i) => `scope ${i}`);
  const addresses = Array.from({ length: 45 }, (_, i) => `192.0.2.${i}`);
  for (const { keyId } of keys.slice(0, 1500)) cacheKey(keyId, stored(scopes, addresses));
  expect(cached()).toEqual([500, CAPACITY / 10]);
});

test('a process remembers the secrets of the last 10,000 keys', async () => {
  const { verifySecret } = await import('../../lib/service/verify-secret.ts');
  const { currentPepper } = await import('../../lib/aws/secrets/pepper.ts');
  const pepper = await currentPepper(NOW);
  const verify = (key: ApiKey, digest: Uint8Array) =>
    verifySecret(key, { digest, hash: '', pepper: pepper.version }, NOW);
  for (const key of keys) expect(await verify(key, digestKey(key, pepper))).toBe(true);
  // Only the memory accepts a key whose digest is wrong.
  const remembered = keys.slice(2 * CAPACITY - 1, 2 * CAPACITY + 1);
  const accepted = remembered.map((key) => verify(key, new Uint8Array(32)));
  expect(await Promise.all(accepted)).toEqual([false, true]);
});

/** What a process keeps from one request to the next in collections, and what bounds each. */
const COLLECTIONS = {
  'lib/aws/secrets/pepper.ts': ['versions: Map', 'older: Map'],
  'lib/runtime/serialize.ts': ['queues: Map'],
  'lib/service/compare-hash.ts': ['wrong: Map'],
  'lib/service/key-cache.ts': ['cache: LRUCache'],
  'lib/service/note-ended-key.ts': ['noted: LRUCache'],
  'lib/service/refused-cache.ts': ['refused: LRUCache'],
  'lib/service/tally-refused.ts': ['pending: Map'],
  'lib/service/verify-secret.ts': ['verified: LRUCache'],
};

test('a process keeps no other collections than those that docs/abuse.md bounds', () => {
  const found = deployedFiles().flatMap((file): [string, string[]][] => {
    const filled = /^(?:const|let) (\w+) = new (Map|Set|LRUCache)<.*>\((?!\[)/gm;
    const names = [...readFileSync(file, 'utf8').matchAll(filled)];
    return names.length > 0 ? [[file, names.map(([, name, kind]) => `${name}: ${kind}`)]] : [];
  });
  expect(Object.fromEntries(found)).toEqual(COLLECTIONS);
  const page = readFileSync('docs/abuse.md', 'utf8');
  for (const file of Object.keys(COLLECTIONS)) expect(page).toContain(`\`${file}\``);
});
