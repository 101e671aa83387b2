import { beforeAll, expect, test } from '@jest/globals';
import type { handler } from '../../functions/assess-posture.ts';
import { KEY_CHECKS, type KeyCheck } from '../../lib/domain/posture.ts';
import { DAY_MS } from '../../lib/domain/time.ts';
import { countedIn, logLines } from '../support/log-lines.ts';
import { type PlantedKey, plantedStage } from '../support/planted-stage.ts';
import { scaled } from '../support/scaled.ts';
import { NOW, useService } from '../support/service.ts';

/** Enough for several pages of keys in use. */
const KEYS = scaled(2600, 10_000);
const PLENTY = { getRemainingTimeInMillis: () => 900_000 };
/** Time for one page only. */
const LITTLE = { getRemainingTimeInMillis: () => 60_000 };

const service = useService();
let assess: typeof handler;
let planted: PlantedKey[];
beforeAll(async () => {
  assess = (await import('../../functions/assess-posture.ts')).handler;
  planted = plantedStage(KEYS, NOW);
  await service.put(...planted.map(({ item }) => item));
}, 60_000);

const at = (ms: number) => new Date(NOW.getTime() + ms);
const assessAt = (now: Date, context = PLENTY) => assess({ time: now.toISOString() }, context);
const run = (now: Date, context = PLENTY) => logLines(() => assessAt(now, context));
const outcomes = (lines: Record<string, unknown>[]) =>
  lines.flatMap(({ outcome }) => outcome ?? []);

/** Returns the ids of the keys that match, newest first. */
function idsOf(keys: PlantedKey[]): string[] {
  const places = keys.map(({ item }) => `${item.created_at?.S} ${item.key_id?.S}`);
  return places
    .sort()
    .reverse()
    .map((place) => place.split(' ')[1] as string);
}
const expected = (check: KeyCheck) => idsOf(planted.filter(({ finds }) => finds.includes(check)));
const inUse = () =>
  planted.filter(
    ({ item }) =>
      !item.revoked_at &&
      !item.suspended_at &&
      !item.expires_at &&
      !(item.grace_ends_at && (item.grace_ends_at.S ?? '') <= NOW.toISOString()),
  );

/** Follows all pages of a listing and returns the ids. */
async function idsListed(query: string): Promise<string[]> {
  const ids: string[] = [];
  let path: string | undefined = `/api/v1/keys?${query}`;
  while (path) {
    const answer: Awaited<ReturnType<typeof service.call>> = await service.call('GET', path);
    expect([answer.status, query]).toEqual([200, query]);
    ids.push(...answer.body.map(({ key_id }: { key_id: string }) => key_id));
    path = /^<(.+)>; rel="next"$/.exec(answer.headers.link ?? '')?.[1];
  }
  return ids;
}

async function checks(): Promise<Record<string, { count: number; keys: object[] }>> {
  const { body } = await service.call('GET', '/api/v1/security/posture');
  return Object.fromEntries(body.checks.map((result: { check: string }) => [result.check, result]));
}

/** Asserts that the snapshot holds exactly the planted faults. */
async function expectPlanted(limit = 1000): Promise<void> {
  const found = await checks();
  for (const check of KEY_CHECKS) {
    const ids = expected(check);
    expect(ids.length).toBeGreaterThan(0);
    expect([check, found[check]?.count]).toEqual([check, ids.length]);
    expect(found[check]?.keys).toMatchObject(ids.slice(0, 10).map((key_id) => ({ key_id })));
    expect([check, await idsListed(`finding=${check}&limit=${limit}`)]).toEqual([check, ids]);
  }
}

test('finds exactly the planted faults, although its run was interrupted', async () => {
  // The database is gone after one page of three or more.
  service.dynamodb.inputs.length = 0;
  service.dynamodb.before = async () => {
    const saved = service.dynamodb.inputs.filter(({ action }) => action === 'TransactWriteItems');
    if (saved.length === 1) service.dynamodb.mode = 'cut';
  };
  await expect(run(NOW)).rejects.toThrow('no answer');
  service.dynamodb.before = undefined;
  service.dynamodb.mode = 'pass';
  expect((await service.call('GET', '/api/v1/keys?finding=no_scopes')).status).toBe(409);
  expect(outcomes(await run(at(1), LITTLE))).toEqual(['unfinished']);
  const lines = await logLines(() => Promise.all([assessAt(at(1)), assessAt(at(2))]));
  expect(outcomes(lines).sort()).toEqual(['completed', 'overtaken']);
  const measured = lines.filter(({ _aws }) => _aws);
  expect(countedIn(measured)).toEqual([
    ...KEY_CHECKS.map((check) => ({ PostureFindings: expected(check).length })),
    { KeysAssessed: inUse().length },
  ]);
  expect(measured.slice(0, -1).map(({ check }) => check)).toEqual(KEY_CHECKS);
  const { body } = await service.call('GET', '/api/v1/security/posture');
  expect(body).toMatchObject({ as_of: NOW.toISOString(), keys: inUse().length });
  await expectPlanted();
});

test('pages of any size lead through all keys of a finding', async () => {
  expect(await idsListed('finding=no_scopes&limit=7')).toEqual(expected('no_scopes'));
});

test.each([2, 30, 89])(
  'lists exactly the keys in use that were not used for %d days',
  async (days) => {
    const until = at(-days * DAY_MS).toISOString();
    const unused = inUse().filter(
      ({ item }) => ((item.last_used_at ?? item.created_at)?.S as string) <= until,
    );
    expect(unused.length).toBeGreaterThan(0);
    expect(await idsListed(`unused_days=${days}&limit=20`)).toEqual(idsOf(unused));
    const tests = unused.filter(({ item }) => item.environment?.S === 'test');
    expect(await idsListed(`unused_days=${days}&environment=test`)).toEqual(idsOf(tests));
  },
);

test('does nothing but one read for the rest of the day', async () => {
  service.dynamodb.actions.length = 0;
  expect(outcomes(await run(new Date('2026-11-23T23:59:59.999Z')))).toEqual(['up_to_date']);
  expect(service.dynamodb.actions).toEqual(['GetItem']);
});

test('begins anew the day after an unfinished run, and a reader of the old lists goes on in the new', async () => {
  const first = await service.call('GET', '/api/v1/keys?finding=no_scopes&limit=3');
  expect(outcomes(await run(at(DAY_MS), LITTLE))).toEqual(['unfinished']);
  // The first moment of a day.
  const later = new Date('2026-11-25T00:00:00.000Z');
  expect(outcomes(await run(later))).toEqual(['completed']);
  expect(outcomes(await run(new Date(later.getTime() + DAY_MS - 1)))).toEqual(['up_to_date']);
  service.clock.now = later;
  expect((await service.call('GET', '/api/v1/security/posture')).body.as_of).toBe(
    later.toISOString(),
  );
  const rest = await idsListed(/\?(.+)>/.exec(first.headers.link ?? '')?.[1] ?? '');
  const stillInUse = planted.filter(
    ({ item, finds }) => finds.includes('no_scopes') && !item.grace_ends_at,
  );
  const shown = first.body.map(({ key_id }: { key_id: string }) => key_id);
  expect(rest).toEqual(idsOf(stillInUse).filter((id) => !shown.includes(id)));
});

test('leaves out a key that was used, corrected or revoked since the check', async () => {
  const first = async (query: string) => {
    const { body } = await service.call('GET', `/api/v1/keys?${query}&limit=3`);
    return body.map(({ key_id }: { key_id: string }) => key_id);
  };
  const [corrected, ...others] = await first('finding=no_scopes');
  const [used, revoked, unused] = await first('unused_days=89');
  await service.call('PATCH', `/api/v1/keys/${corrected}`, { body: { scopes: ['read'] } });
  await service.alter(used, 'last_used_at', service.clock.now.toISOString());
  await service.call('DELETE', `/api/v1/keys/${revoked}`);
  expect(await first('finding=no_scopes')).toEqual(others);
  expect(await first('unused_days=89')).toEqual([unused]);
});
