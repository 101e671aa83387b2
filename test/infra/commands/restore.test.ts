import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import { auditEntry } from '../../../lib/aws/dynamodb/audit.ts';
import { fromItem, type Item } from '../../../lib/aws/dynamodb/item.ts';
import { currentPepper } from '../../../lib/aws/secrets/pepper.ts';
import { changesBetween } from '../../../lib/domain/audit-entry.ts';
import { HOUR_MS, MINUTE_MS, monthOf } from '../../../lib/domain/time.ts';
import { requireEnv, VARIABLES } from '../../../lib/environment.ts';
import { seed, seededItem } from '../../bench/keys.ts';
import { cleanUp } from '../../support/clean-up.ts';
import { connectDependencies } from '../../support/dependencies.ts';
import { startPointInTime } from '../../support/point-in-time.ts';
import { programOf } from '../../support/programs.ts';
import { linkProject } from '../../support/project.ts';
import { runCommand } from '../../support/run-command.ts';
import { scaled } from '../../support/scaled.ts';
import { useService } from '../../support/service.ts';

const service = useService();
const COMMAND = [programOf('infra/commands/restore.ts'), '--stage', 'development'];
const NO_PEPPER = { version: 'none', value: 'none' };
/** Enough for several pages of each part of a scan in a long run, and for one in the suite. */
const FILLERS = scaled(1000, 10_000);
const LOST_FILLERS = 120;

let pointInTime: Awaited<ReturnType<typeof startPointInTime>>;
const { keysTable, auditTable, usageTable, securityTable, pepperSecret } = VARIABLES;
const capture = (at: Date) =>
  pointInTime.capture(at, ...[keysTable, auditTable, usageTable].map(requireEnv));

beforeAll(async () => {
  const { AWS_ENDPOINT_URL_DYNAMODB } = await connectDependencies();
  pointInTime = await startPointInTime(AWS_ENDPOINT_URL_DYNAMODB, {
    ResourcesKeysTable0B7F30A4: requireEnv(keysTable),
    ResourcesAuditTable801B42DA: requireEnv(auditTable),
    ResourcesUsageTable6947387B: requireEnv(usageTable),
    ResourcesSecurityTable339580F0: requireEnv(securityTable),
    ResourcesPepperA087209D: requireEnv(pepperSecret),
    ValidateKeyAB2CF096: 'a-function',
  });
});
const project = mkdtempSync(join(tmpdir(), 'project-'));
linkProject(project);
cleanUp(() => rmSync(project, { recursive: true }));

beforeEach(() => {
  pointInTime.hooks.before = undefined;
});

const environment = () => ({
  ...process.env,
  AWS_ENDPOINT_URL_DYNAMODB: pointInTime.url,
  AWS_ENDPOINT_URL_CLOUDFORMATION: pointInTime.url,
});

/** Runs the command as an operator does. */
const restore = (...args: string[]) =>
  runCommand([...COMMAND, ...args], { env: environment(), cwd: project });

/** Ends the command when it has sent the action that many times. */
async function interrupt(by: NodeJS.Signals, action: string, times: number, ...args: string[]) {
  let seen = 0;
  const ended = await runCommand([...COMMAND, ...args], {
    env: environment(),
    cwd: project,
    started: (command) => {
      pointInTime.hooks.before = (sent) => {
        if (sent === action && ++seen === times) command.kill(by);
      };
    },
  });
  pointInTime.hooks.before = undefined;
  return ended;
}

/** Sets the service's clock to a whole second in the past, and returns that time. */
function ago(milliseconds: number): Date {
  service.clock.now = new Date(Math.floor((Date.now() - milliseconds) / 1000) * 1000);
  return service.clock.now;
}

const secondOf = (time: Date) => time.toISOString().replace('.000Z', 'Z');
const SCOPES = ['read', 'write'];
const create = (fields = {}) => service.create({ scopes: SCOPES, ...fields });
const change = async (method: string, path: string, body?: object) => {
  const answer = await service.call(method, `/api/v1/keys/${path}`, body && { body });
  expect(answer.status).toBeLessThan(300);
  return answer.body;
};
const rotate = (keyId: string, grace_period_minutes: number) =>
  change('POST', `${keyId}/rotate`, { grace_period_minutes });
const validate = async (key: { api_key: string }) =>
  (
    await service.call('POST', '/api/v1/keys/validate', {
      headers: { 'X-API-Key': key.api_key },
      body: { service_id: 'prediction', required_scope: 'write', client_ip: '192.0.2.1' },
    })
  ).body;
const usage = (keyId: string, predictions_count: number, charge = '') =>
  service.call('POST', `/api/v1/usage/${keyId}${charge}`, {
    body: {
      service_id: 'prediction',
      endpoint: '/',
      status_code: 200,
      response_time_ms: 1,
      predictions_count,
    },
  });
const trailOf = async (keyId: string) =>
  (await service.call('GET', `/api/v1/keys/${keyId}/audit`)).body;

/** Makes a sealed entry that the service has not written. */
async function entryOf(item: Item, action: 'create' | 'revoke'): Promise<Item> {
  const { record } = fromItem(item);
  const { now } = service.clock;
  const principal = { kind: 'anyone' } as const;
  const origin = { now, sourceIp: '', userAgent: '', requestId: 'r', principal };
  const changes = changesBetween({}, action === 'create' ? record : { revoked_at: 'then' });
  const version = action === 'create' ? 1 : 'last';
  const pepper = await currentPepper(now);
  return auditEntry(record.key_id, version, action, changes, origin, pepper).Put?.Item ?? {};
}

test('brings back usage without counting it again, and no key while audit entries are missing', async () => {
  ago(2 * MINUTE_MS);
  const key = await create({ rate_limit_per_hour: 100 });
  // Its own trail is complete, as far as anyone can tell.
  const other = await create();
  const path = `/${key.key_id}`;
  for (const predictions of [1, 2]) await usage(key.key_id, predictions);
  await service.drain();
  await capture(service.clock.now);
  const to = ['--to', secondOf(ago(MINUTE_MS))];
  const stats = (await service.usage(`${path}/stats`)).body;
  const entries = await service.usageItems(`log#${key.key_id}`);
  const [month = {}] = await service.usageItems(`key#${key.key_id}`);
  for (const item of [...entries, month]) await service.removeUsage(item);
  const [entry = {}] = await service.auditEntries(key.key_id);
  await service.removeAudit(entry);
  for (const { key_id } of [key, other]) await service.remove(key_id);

  const stopped = await interrupt('SIGINT', 'RestoreTableToPointInTime', 1, ...to);
  expect(stopped.code).toBe(130);
  expect(stopped.complained).toContain(
    `  npm run restore -- --stage development ${to.join(' ')}\n`,
  );
  expect((await restore(...to, '--dry-run')).code).toBe(1);
  expect(await service.usageItems(`log#${key.key_id}`)).toEqual([]);
  const refused = await restore(...to);
  expect(refused.code).toBe(1);
  expect(refused.said).toContain('3 items of usage missing\n1 audit entry missing\n');
  expect(refused.said).toContain('no key is brought back');
  expect(refused.said).toContain('Copied: 0 keys, 3 items of usage, 0 audit entries.');
  expect(refused.said).toContain(`npm run rebuild-usage -- --month ${stats.period}`);
  for (const { key_id } of [key, other]) expect(await service.item(key_id)).toBeUndefined();
  expect(await service.auditEntries(key.key_id)).toEqual([]);
  const copied = await service.usageItems(`log#${key.key_id}`);
  expect(copied).toEqual(entries.map((one) => ({ ...one, restored_at: expect.any(String) })));
  expect(await service.usageItems(`key#${key.key_id}`)).toEqual([month]);

  // As after the loss of a region: from tables that something else has restored.
  const of = (variable: string) =>
    [...pointInTime.restored].find(([, { source }]) => source === requireEnv(variable))?.[0];
  const from = `keys=${of(keysTable)},usage=${of(usageTable)},audit=${of(auditTable)}`;
  const restored = pointInTime.restored.size;
  expect(await restore(...to, '--from', from, '--only', 'audit')).toMatchObject({ code: 0 });
  expect(pointInTime.restored.size).toBe(restored);
  expect(await service.auditEntries(key.key_id)).toEqual([entry]);
  // Someone else brings the key back in the last moment.
  const newer = { key_id: { S: key.key_id }, version: { N: '9' } };
  pointInTime.hooks.before = (action) => action === 'PutItem' && service.put(newer);
  expect((await restore(...to)).said).toContain('Copied: 1 keys,');
  pointInTime.hooks.before = undefined;
  expect(await service.remove(key.key_id)).toEqual(newer);

  const last = await restore(...to);
  expect(last.said).toContain('Copied: 1 keys, 0 items of usage, 0 audit entries.');
  expect(last.code).toBe(0);
  expect((await service.usage(`${path}/stats`)).body).toEqual(stats);
  expect(await trailOf(key.key_id)).toMatchObject({ intact: true });
  // Nothing tells how often the key was used in this hour before it was lost.
  service.clock.now = new Date();
  expect(await validate(key)).toMatchObject({ is_valid: false, code: 'rate_limited' });
  service.clock.now = new Date(Date.now() + HOUR_MS);
  expect(await validate(key)).toMatchObject({ is_valid: true, rate_limit: { remaining: 99 } });
}, 150_000);

test('brings back exactly the keys that were lost and not ended since, as they were last', async () => {
  ago(5 * HOUR_MS);
  const unchanged = await create();
  const narrowed = await create();
  const suspended = await create();
  const revokedSince = await create();
  const revokedBefore = await create();
  const replaced = await create();
  const inGrace = await create();
  const orphan = await create();
  const forged = await create();
  const gap = await create();
  const leaked = await create();
  const rotatedUnseen = await create();
  const orphanUnseen = await create();
  const revokedUnseen = await create();
  const counted = await create({ monthly_prediction_limit: 10 });
  const untouched = await create();
  const lostBefore = await create();
  const first = await create({ rate_limit_per_hour: 10, monthly_prediction_limit: 10 });
  await change('DELETE', revokedBefore.key_id);
  // As a key from before seals.
  const { sealed_after: _, ...unsealed } = await service.remove(narrowed.key_id);
  await service.put(unsealed);
  // Nobody misses what was revoked and is in no backup.
  const revokedAndLost = await create();
  await change('DELETE', revokedAndLost.key_id);
  for (const { key_id } of [lostBefore, revokedAndLost]) await service.remove(key_id);
  expect((await usage(first.key_id, 4)).status).toBe(200);
  const second = await rotate(first.key_id, 10_000);
  await seed(requireEnv(keysTable), FILLERS, NO_PEPPER, () => {});
  const fillers = Array.from({ length: LOST_FILLERS }, (_, i) => seededItem(i * 7, NO_PEPPER));
  await service.putAudit(...(await Promise.all(fillers.map((item) => entryOf(item, 'create')))));
  await capture(service.clock.now);
  const to = ago(4 * HOUR_MS);

  const changedAt = ago(3.5 * HOUR_MS);
  await change('PATCH', narrowed.key_id, { scopes: ['read'] });
  await change('PATCH', narrowed.key_id, { name: 'narrowed' });
  await change('PATCH', suspended.key_id, { suspended: true });
  for (const { key_id } of [revokedSince, revokedUnseen]) await change('DELETE', key_id);
  await rotate(replaced.key_id, 0);
  const successor = await rotate(inGrace.key_id, 10_000);
  const lostSuccessor = await rotate(orphan.key_id, 10_000);
  const heir = await rotate(rotatedUnseen.key_id, 10_000);
  const lostHeir = await rotate(orphanUnseen.key_id, 10_000);
  for (const { key_id } of [forged, gap]) {
    await change('PATCH', key_id, { name: 'second' });
    await change('PATCH', key_id, { name: 'third' });
  }
  const [, altered] = await service.auditEntries(forged.key_id);
  await service.putAudit({ ...altered, reason: { S: 'forged' } });
  await service.removeAudit((await service.auditEntries(gap.key_id))[1] ?? {});
  // Their ends show elsewhere than in their trails.
  expect(await validate(revokedUnseen)).toMatchObject({ code: 'revoked' });
  for (const { key_id } of [revokedUnseen, rotatedUnseen, orphanUnseen]) {
    await service.removeAudit((await service.auditEntries(key_id))[1] ?? {});
  }
  await service.removeAudit((await service.auditEntries(heir.key_id))[0] ?? {});
  expect((await usage(counted.key_id, 7, '/debit')).status).toBe(200);
  const created = await create();
  const createdAndRevoked = await create();
  await change('DELETE', createdAndRevoked.key_id);
  await change('PATCH', untouched.key_id, { name: 'newer' });

  const lost = [unchanged, narrowed, suspended, revokedSince, revokedBefore, replaced, inGrace];
  lost.push(orphan, forged, gap, leaked, rotatedUnseen, revokedUnseen, counted, created);
  lost.push(lostSuccessor, first, second, createdAndRevoked, orphanUnseen, lostHeir);
  for (const { key_id } of lost) await service.remove(key_id);
  const fillerIds = fillers.map(({ key_id }) => key_id?.S ?? '').sort();
  await Promise.all(fillerIds.map((id) => service.remove(id)));
  const before = await service.item(untouched.key_id);

  const at = ['--to', secondOf(to), '--except', leaked.key_id];
  at.push('--lost-by', secondOf(ago(3 * HOUR_MS)));
  const listed = (...keys: { key_id: string }[]) =>
    keys.map(({ key_id }) => `    ${key_id}\n`).sort();
  const unclear = [
    `    ${forged.key_id}  The entry of version 2 is not as it was written.\n`,
    `    ${gap.key_id}  There is no entry of version 2.\n`,
    `    ${orphan.key_id}  Its successor ${lostSuccessor.key_id} is lost.\n`,
    `    ${rotatedUnseen.key_id}  It has a successor, unlike its trail.\n`,
    `    ${orphanUnseen.key_id}  It has a successor, unlike its trail.\n`,
    `    ${revokedUnseen.key_id}  It was refused as revoked within the last days, unlike its trail.\n`,
  ].sort();
  const notReturning = (...ended: { key_id: string }[]) =>
    [
      `  ${ended.length} revoked or rotated since: not brought back\n`,
      ...listed(...ended),
      '  1 named by --except: not brought back\n',
      ...listed(leaked),
      '  6 unclear: not brought back\n',
      ...unclear,
      '  3 created since, so they need a later --to\n',
      ...listed(created, lostSuccessor, lostHeir),
      '  1 lost before that time, so they need an earlier --to\n',
      ...listed(lostBefore),
      '0 items of usage missing\n0 audit entries missing\n',
    ].join('');
  // Killed in the middle, the command leaves some keys; the next run brings back the others.
  const restored = pointInTime.restored.size;
  const killed = await interrupt('SIGKILL', 'PutItem', 40, ...at);
  expect(killed.signal).toBe('SIGKILL');
  expect(killed.said).toContain(
    `137 keys missing\n  128 to bring back (3 as changed since, 1 suspended, 1 ended before)\n`,
  );
  expect(killed.said).toContain(`    … and 108 more\n${notReturning(revokedSince, replaced)}`);
  expect(pointInTime.restored.size).toBe(restored + 3);

  const left = await Promise.all(fillerIds.map(async (id) => !(await service.item(id))));
  const [raced = ''] = fillerIds.filter((_, i) => left[i]).slice(-1);
  const racedItem = fillers.find(({ key_id }) => key_id?.S === raced) ?? {};
  const revocation = await entryOf(racedItem, 'revoke');
  // Revoked when the plan has been made: the trail is read again before each put.
  let isRevoked: Promise<unknown> | undefined;
  pointInTime.hooks.before = (action) => {
    if (action === 'PutItem') isRevoked ??= service.putAudit(revocation);
    return isRevoked;
  };
  const resumed = await restore(...at);
  expect(resumed.code).toBe(1);
  const [, returned] = /^Copied: (\d+) keys, 0 items/m.exec(resumed.said) ?? [];
  expect(Number(returned)).toBeGreaterThan(50);
  expect(Number(returned)).toBeLessThan(100);
  expect(resumed.said).toContain(
    `Now:\n\n10 keys missing\n${notReturning(revokedSince, replaced, { key_id: raced })}`,
  );
  expect(pointInTime.restored.size).toBe(restored + 3);

  const items = await Promise.all(fillerIds.map((id) => service.item(id)));
  expect(items.filter((item) => !item)).toHaveLength(1);
  service.clock.now = new Date();
  expect(await service.item(untouched.key_id)).toEqual(before);
  expect(await service.item(narrowed.key_id)).toMatchObject({ version: 3, sealed_after: 1 });
  expect(await validate(unchanged)).toMatchObject({ is_valid: true, key_id: unchanged.key_id });
  expect(await validate(inGrace)).toMatchObject({ is_valid: true, key_id: inGrace.key_id });
  expect(await validate(successor)).toMatchObject({ is_valid: true });
  const refused = [revokedSince, replaced, orphan, forged, gap, leaked, created, lostBefore];
  refused.push(rotatedUnseen, orphanUnseen, revokedUnseen);
  for (const key of refused) {
    expect(await service.item(key.key_id)).toBeUndefined();
    // This process may still remember that the key was revoked, which a revocation is for good.
    const code = expect.stringMatching(/^(invalid_key|revoked)$/);
    expect(await validate(key)).toMatchObject({ is_valid: false, code });
  }
  for (const [key, code] of [
    [narrowed, 'insufficient_scope'],
    [suspended, 'revoked'],
    [revokedBefore, 'revoked'],
  ] as const) {
    expect(await validate(key)).toMatchObject({ is_valid: false, code });
  }
  for (const { key_id } of [unchanged, narrowed, suspended, revokedBefore, inGrace, first]) {
    expect(await trailOf(key_id)).toMatchObject({ intact: true, findings: [] });
  }
  expect((await service.call('GET', `/api/v1/keys/${narrowed.key_id}`)).body).toMatchObject({
    name: 'narrowed',
    scopes: ['read'],
  });
  // Their limits of 10 hold: 7 predictions were debited after the restore point, 4 before it.
  for (const [{ key_id }, used, at] of [
    [counted, 7, changedAt],
    [second, 4, to],
  ] as const) {
    const left = 10 - (monthOf(at) === monthOf(service.clock.now) ? used : 0);
    expect((await usage(key_id, left + 1, '/debit')).status).toBe(402);
    expect((await usage(key_id, left - 1, '/debit')).status).toBe(200);
  }
  // A rotated key and its successor, both brought back, share one limit.
  const remaining = [];
  for (const key of [first, second, first]) remaining.push((await validate(key)).rate_limit);
  expect(remaining).toMatchObject([{ remaining: 9 }, { remaining: 8 }, { remaining: 7 }]);
}, 150_000);

test('rejects a time before the backups, without advice to run it again', async () => {
  const { code, complained } = await restore('--to', '2026-01-01T00:00:00Z');
  expect(complained).toMatch(/^\n.* can be restored to a time from .* to .*\.\n\nnpm run restore/);
  expect(code).toBe(2);
});

test('refuses a stage whose tables are in another account than cdk.json says', async () => {
  const { code, complained } = await restore(
    ...['--stage', 'production', '--to', '2026-01-01T00:00:00Z'],
  );
  expect(complained).toContain('is in the account 000000000000, but cdk.json says 111122223333.');
  expect(code).toBe(2);
});
