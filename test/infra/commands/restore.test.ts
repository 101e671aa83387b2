import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { beforeAll, expect, test } from '@jest/globals';
import { requireEnv, VARIABLES } from '../../../lib/environment.ts';
import { seed, seededItem } from '../../bench/keys.ts';
import { connectDependencies } from '../../support/dependencies.ts';
import { startPointInTime } from '../../support/point-in-time.ts';
import { useService } from '../../support/service.ts';

const service = useService();
const COMMAND = ['--import', 'tsx', 'infra/commands/restore.ts'];
const NO_PEPPER = { version: 'none', value: 'none' };
const FILLERS = 10_000;

let pointInTime: Awaited<ReturnType<typeof startPointInTime>>;
const tables = () =>
  [VARIABLES.keysTable, VARIABLES.auditTable, VARIABLES.usageTable].map(requireEnv);

beforeAll(async () => {
  const { AWS_ENDPOINT_URL_DYNAMODB } = await connectDependencies();
  const [keys = '', audit = '', usage = ''] = tables();
  pointInTime = await startPointInTime(AWS_ENDPOINT_URL_DYNAMODB, {
    ResourcesKeysTable0B7F30A4: keys,
    ResourcesAuditTable801B42DA: audit,
    ResourcesUsageTable6947387B: usage,
    ResourcesPepperA087209D: requireEnv(VARIABLES.pepperSecret),
    ValidateKeyAB2CF096: 'a-function',
  });
});

const environment = () => ({
  ...process.env,
  AWS_ENDPOINT_URL_DYNAMODB: pointInTime.url,
  AWS_ENDPOINT_URL_CLOUDFORMATION: pointInTime.url,
});

/** Runs the command as an operator does. */
function restore(...args: string[]): Promise<{ code: number; said: string; complained: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...COMMAND, '--stage', 'development', ...args],
      { env: environment() },
      (error, said, complained) => resolve({ code: Number(error?.code ?? 0), said, complained }),
    );
  });
}

/** Kills the command when it has put that many items into the live tables. */
async function killAfter(puts: number, ...args: string[]): Promise<NodeJS.Signals | null> {
  const command = spawn(process.execPath, [...COMMAND, '--stage', 'development', ...args], {
    env: environment(),
    stdio: 'ignore',
  });
  let seen = 0;
  pointInTime.hooks.before = (action) => {
    if (action === 'PutItem' && ++seen === puts) command.kill('SIGKILL');
  };
  const [, signal] = await once(command, 'close');
  pointInTime.hooks.before = undefined;
  return signal;
}

/** Sets the service's clock to some seconds ago, and returns that time. */
function secondsAgo(seconds: number): Date {
  service.clock.now = new Date(Math.floor(Date.now() / 1000 - seconds) * 1000);
  return service.clock.now;
}

const secondOf = (time: Date) => time.toISOString().replace('.000Z', 'Z');
const change = async (method: string, path: string, body?: object) => {
  const answer = await service.call(method, `/api/v1/keys/${path}`, body && { body });
  expect(answer.status).toBeLessThan(300);
  return answer.body;
};
const validate = async ({ api_key, service_id }: { api_key: string; service_id?: string }) =>
  (
    await service.call('POST', '/api/v1/keys/validate', {
      headers: { 'X-API-Key': api_key },
      body: {
        service_id: service_id ?? 'prediction',
        required_scope: 'write',
        client_ip: '192.0.2.1',
      },
    })
  ).body;

test('brings back usage without counting it again, and no key while audit entries are missing', async () => {
  secondsAgo(60);
  const key = await service.create({ scopes: ['write'] });
  const path = `/${key.key_id}`;
  const report = { service_id: 'prediction', endpoint: '/', status_code: 200, response_time_ms: 1 };
  for (const predictions_count of [1, 2]) {
    await service.call('POST', `/api/v1/usage${path}`, { body: { ...report, predictions_count } });
  }
  await service.drain();
  await pointInTime.capture(...tables());
  const to = ['--to', secondOf(secondsAgo(40))];
  const stats = (await service.usage(`${path}/stats`)).body;
  const entries = await service.usageItems(`log#${key.key_id}`);
  for (const entry of entries) await service.removeUsage(entry);
  const [entry = {}] = await service.auditEntries(key.key_id);
  await service.removeAudit(entry);
  await service.remove(key.key_id);

  const refused = await restore(...to);
  expect(refused.code).toBe(1);
  expect(refused.said).toContain('2 items of usage missing\n1 audit entry missing\n');
  expect(refused.said).toContain('no key is brought back');
  expect(refused.said).toMatch(/^2 items were copied/m);
  expect(await service.item(key.key_id)).toBeUndefined();
  expect(await service.auditEntries(key.key_id)).toEqual([]);
  const copied = await service.usageItems(`log#${key.key_id}`);
  expect(copied).toEqual(entries.map((one) => ({ ...one, restored_at: expect.any(String) })));

  // As after the loss of a region: from tables that something else has restored.
  const of = (table = '') =>
    [...pointInTime.restored].find(([, { source }]) => source === table)?.[0];
  const [keys, audit, usage] = tables().map(of);
  const from = `keys=${keys},usage=${usage},audit=${audit}`;
  const restoredBefore = pointInTime.restored.size;
  expect(await restore(...to, '--from', from, '--only', 'audit')).toMatchObject({ code: 0 });
  expect(pointInTime.restored.size).toBe(restoredBefore);
  expect(await service.auditEntries(key.key_id)).toEqual([entry]);
  // Someone else brings the key back in the last moment.
  const newer = { key_id: { S: key.key_id }, version: { N: '9' } };
  pointInTime.hooks.before = async (action) => {
    if (action === 'PutItem') await service.put(newer);
  };
  expect((await restore(...to)).said).toMatch(/^0 items were copied/m);
  pointInTime.hooks.before = undefined;
  expect(await service.remove(key.key_id)).toEqual(newer);

  expect((await restore(...to)).said).toMatch(/^1 items were copied/m);
  service.clock.now = new Date();
  expect(await validate(key)).toMatchObject({ is_valid: true });
  expect((await service.usage(`${path}/stats`)).body).toEqual(stats);
  expect((await service.call('GET', `/api/v1/keys${path}/audit`)).body).toMatchObject({
    intact: true,
  });
}, 60_000);

test('brings back exactly the keys that were lost and not ended since, as they were last', async () => {
  secondsAgo(60);
  const scopes = ['read', 'write'];
  const create = (fields = {}) => service.create({ scopes, ...fields });
  const same = await create();
  const narrowed = await create();
  const suspended = await create();
  const revokedSince = await create();
  const revokedBefore = await create();
  const replaced = await create();
  const inGrace = await create();
  const orphan = await create();
  const forged = await create();
  const gap = await create();
  const counted = await create({ monthly_prediction_limit: 10 });
  const untouched = await create();
  await change('DELETE', revokedBefore.key_id);
  // As a key from before seals.
  const { sealed_after: _, ...unsealed } = await service.remove(narrowed.key_id);
  await service.put(unsealed);
  await seed(requireEnv(VARIABLES.keysTable), FILLERS, NO_PEPPER, () => {});
  await pointInTime.capture(...tables());
  const to = secondsAgo(40);

  secondsAgo(20);
  await change('PATCH', narrowed.key_id, { scopes: ['read'] });
  await change('PATCH', narrowed.key_id, { name: 'narrowed' });
  await change('PATCH', suspended.key_id, { suspended: true });
  await change('DELETE', revokedSince.key_id);
  await change('POST', `${replaced.key_id}/rotate`, {});
  const { api_key: successor } = await change('POST', `${inGrace.key_id}/rotate`, {
    grace_period_minutes: 60,
  });
  const { key_id: lostSuccessor } = await change('POST', `${orphan.key_id}/rotate`, {
    grace_period_minutes: 60,
  });
  for (const { key_id } of [forged, gap]) {
    await change('PATCH', key_id, { name: 'second' });
    await change('PATCH', key_id, { name: 'third' });
  }
  const [, second] = await service.auditEntries(forged.key_id);
  await service.putAudit({ ...second, reason: { S: 'forged' } });
  await service.removeAudit((await service.auditEntries(gap.key_id))[1] ?? {});
  await service.call('POST', `/api/v1/usage/${counted.key_id}/debit`, {
    body: {
      service_id: 'prediction',
      endpoint: '/',
      predictions_count: 7,
      response_time_ms: 1,
      status_code: 200,
    },
  });
  await service.drain();
  const created = await create();
  await change('PATCH', untouched.key_id, { name: 'newer' });

  const lost = [same, narrowed, suspended, revokedSince, revokedBefore, replaced, inGrace, orphan];
  lost.push(forged, gap, counted, created);
  for (const { key_id } of lost) await service.remove(key_id);
  await service.remove(lostSuccessor);
  const fillers = Array.from({ length: 500 }, (_, i) => seededItem(i * 7, NO_PEPPER));
  await Promise.all(fillers.map(({ key_id }) => service.remove(key_id?.S ?? '')));
  const before = await service.item(untouched.key_id);

  const at = ['--to', secondOf(to)];
  const sorted = (...keys: { key_id: string }[]) => keys.map(({ key_id }) => key_id).sort();
  const [other, another] = sorted(revokedSince, replaced);
  const [young, younger] = sorted(created, { key_id: lostSuccessor });
  const reasons = {
    [forged.key_id]: 'has an entry of version 2 whose seal is wrong',
    [gap.key_id]: 'has no entry of version 2',
    [orphan.key_id]: `has lost its successor ${lostSuccessor}`,
  };
  const planOf = (missing: number, returning: string) => `${missing} keys missing:
  ${returning}
  2 revoked or rotated since: not brought back
    ${other}
    ${another}
  3 unclear: not brought back
${sorted(forged, gap, orphan)
  .map((id) => `    ${id} ${reasons[id]}`)
  .join('\n')}
2 keys missing that did not exist at that time: restore to a later time
    ${young}
    ${younger}
0 items of usage missing
0 audit entries missing
`;
  const whole = planOf(
    511,
    '506 to bring back, 3 of them as changed since, 1 of them ended before',
  );
  const restoredBefore = pointInTime.restored.size;
  expect(await restore(...at, '--dry-run')).toMatchObject({ code: 1, said: whole });
  for (const { key_id } of lost) expect(await service.item(key_id)).toBeUndefined();

  // Killed in the middle, the command leaves some keys; the next run brings back the others.
  const killed = await killAfter(100, ...at);
  expect(killed).toBe('SIGKILL');
  const resumed = await restore(...at);
  expect(resumed).toMatchObject({ code: 1 });
  const [, returned = ''] = /^(\d+) items were copied/m.exec(resumed.said) ?? [];
  expect(Number(returned)).toBeGreaterThan(300);
  expect(Number(returned)).toBeLessThan(500);
  expect(pointInTime.restored.size - restoredBefore).toBe(3);

  for (const item of fillers)
    expect(await service.item(item.key_id?.S ?? '')).toMatchObject({ version: 1 });

  service.clock.now = new Date();
  expect(await service.item(untouched.key_id)).toEqual(before);
  expect(await service.item(narrowed.key_id)).toMatchObject({ version: 3, sealed_after: 1 });
  expect(await validate(same)).toMatchObject({ is_valid: true, key_id: same.key_id });
  expect(await validate(inGrace)).toMatchObject({ is_valid: true, key_id: inGrace.key_id });
  expect(await validate({ api_key: successor })).toMatchObject({ is_valid: true });
  for (const key of [revokedSince, replaced, orphan, forged, gap, created]) {
    expect(await service.item(key.key_id)).toBeUndefined();
    expect(await validate(key)).toMatchObject({ is_valid: false });
  }
  for (const key of [narrowed, suspended, revokedBefore]) {
    expect(await validate(key)).toMatchObject({ is_valid: false });
    const { body } = await service.call('GET', `/api/v1/keys/${key.key_id}/audit`);
    expect(body).toMatchObject({ intact: true, findings: [] });
  }
  expect((await service.call('GET', `/api/v1/keys/${narrowed.key_id}`)).body).toMatchObject({
    name: 'narrowed',
    scopes: ['read'],
  });
  // Its limit of 10 holds: 7 predictions were debited after the restore point.
  const debit = (predictions_count: number) =>
    service.call('POST', `/api/v1/usage/${counted.key_id}/debit`, {
      body: {
        service_id: 'prediction',
        endpoint: '/',
        predictions_count,
        response_time_ms: 1,
        status_code: 200,
      },
    });
  expect((await debit(4)).status).toBe(402);
  expect((await debit(3)).status).toBe(200);
}, 60_000);

test.each<[string, string[], string]>([
  ['an unknown stage', ['--stage', 'live'], '--stage takes one of development, test, production'],
  ['a time without a zone', ['--to', '2026-11-28T05:00:00'], '--to takes a time in UTC'],
  ['a time in the future', ['--to', '2999-01-01T00:00:00Z'], '--to is in the future'],
  [
    'a part without its table',
    ['--to', '2026-01-01T00:00:00Z', '--from', 'keys=a,usage=b'],
    '--from takes keys=',
  ],
  ['a time before the backups', ['--to', '2026-01-01T00:00:00Z'], 'can be restored to a time from'],
])('rejects %s', async (_, args, message) => {
  const { code, complained } = await restore(...args);
  expect(complained).toContain(message);
  expect(code).toBe(2);
});

test('refuses a stage whose tables are in another account than cdk.json says', async () => {
  const { code, complained } = await restore(
    '--stage',
    'production',
    '--to',
    '2026-01-01T00:00:00Z',
  );
  expect(complained).toContain('is in the account 000000000000, but cdk.json says 111122223333.');
  expect(code).toBe(2);
});
