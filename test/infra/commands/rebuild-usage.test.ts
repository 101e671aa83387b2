import { DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { beforeEach, expect, test } from '@jest/globals';
import { DAY_PARTS, dayPartition } from '../../../lib/aws/dynamodb/usage-items.ts';
import { DAY_MS, monthOf } from '../../../lib/domain/time.ts';
import { requireEnv, VARIABLES } from '../../../lib/environment.ts';
import { type Difference, rebuildMonth, stateOf } from '../../../lib/service/rebuild-usage.ts';
import { programOf } from '../../support/programs.ts';
import { runCommand } from '../../support/run-command.ts';
import { useService } from '../../support/service.ts';

const service = useService();

/** Returns the middle of the month that was that many months ago. */
const monthsAgo = (months: number) => {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 15));
};
/** The latest month that has ended: on the first day of a month, the previous one has not. */
const ENDED = [1, 2]
  .map(monthsAgo)
  .find((at) => stateOf(monthOf(at), new Date()) === 'ended') as Date;
beforeEach(() => {
  service.clock.now = ENDED;
});

const client = new DynamoDBClient();
const alterTotal = (
  pk: string,
  sk: string,
  update: string,
  value: object,
  names?: Record<string, string>,
) =>
  client.send(
    new UpdateItemCommand({
      TableName: requireEnv(VARIABLES.usageTable),
      Key: marshall({ pk, sk }),
      UpdateExpression: update,
      ExpressionAttributeValues: marshall(value),
      ExpressionAttributeNames: names,
    }),
  );

/** Runs the command as an operator does. */
async function rebuild(...args: string[]) {
  const command = programOf('infra/commands/rebuild-usage.ts');
  const { code, said, complained } = await runCommand([command, ...args]);
  return { code, said, complained };
}

test('reports no difference, then the differences, then corrects them', async () => {
  const keys = [await service.create(), await service.create()];
  const report = (keyId: string, fields: object) =>
    service.call('POST', `/api/v1/usage/${keyId}`, {
      body: {
        service_id: 'prediction',
        endpoint: '/a',
        status_code: 500,
        response_time_ms: 1.5,
        predictions_count: 2,
        compute_ms: 0.125,
        ...fields,
      },
    });
  const [{ key_id } = { key_id: '' }, other] = keys;
  for (const endpoint of ['/a', '/b', '/a']) await report(key_id, { endpoint });
  await report(other?.key_id ?? '', { service_id: 'website' });
  await service.drain();
  const month = monthOf(service.clock.now);
  const day = service.clock.now.toISOString().slice(0, 10);
  const stats = async () => [
    (await service.call('GET', `/api/v1/usage/${key_id}/stats?period=${month}`)).body,
    (await service.call('GET', `/api/v1/usage/aggregate?start_date=${day}&end_date=${day}`)).body,
  ];
  const before = await stats();
  const fine = `The totals of ${month} match the log (2 keys compared).\n`;
  expect(await rebuild('--month', month)).toEqual({ code: 0, said: fine, complained: '' });

  await alterTotal(`key#${key_id}`, month, 'ADD predictions :n', { ':n': 5 });
  await alterTotal(
    `key#${key_id}`,
    month,
    'SET #odd = :n',
    { ':n': 1 },
    { '#odd': 'endpoint:/odd' },
  );
  await alterTotal(`day#website#3`, day, 'ADD requests :n', { ':n': 1 });
  const changed = await stats();
  expect(changed).not.toEqual(before);
  const differing = await rebuild('--month', month);
  expect(differing.code).toBe(1);
  const totals = { requests: 3, predictions: 6, compute_ms: 0.375, response_time_ms: 4.5 };
  const log = { ...totals, errors: 3, endpoints: { '/a': 2, '/b': 1 } };
  const stored = { ...log, predictions: 11, endpoints: { '/a': 2, '/b': 1, '/odd': 1 } };
  const lines = differing.said.split('\n');
  expect(lines[0]).toBe(`${key_id} ${month}`);
  expect(JSON.parse(lines[1]?.replace('  log     ', '') ?? '')).toEqual(log);
  expect(JSON.parse(lines[2]?.replace('  totals  ', '') ?? '')).toEqual(stored);
  expect(lines[3]).toBe(`website ${day}`);
  expect(lines.at(-2)).toBe(
    `2 totals of ${month} differed from the log and were not changed (2 keys compared).`,
  );
  expect(await stats()).toEqual(changed);

  const written = await rebuild('--month', month, '--write');
  expect([written.code, written.said.split('\n').at(-2)]).toEqual([
    0,
    `2 totals of ${month} differed from the log and were replaced (2 keys compared).`,
  ]);
  expect(await stats()).toEqual(before);
  expect(await rebuild('--month', month)).toEqual({ code: 0, said: fine, complained: '' });
});

test('finds a total that no log has and one that is gone, and names each that differs once', async () => {
  const { key_id } = await service.create();
  const other = await service.create();
  const unused = await service.create();
  const report = (keyId: string, day: number, service_id: string) => {
    service.clock.now = new Date(ENDED.getTime() + day * DAY_MS);
    const usage = { endpoint: '/a', status_code: 200, response_time_ms: 1, predictions_count: 2 };
    const body = { ...usage, service_id };
    return service.call('POST', `/api/v1/usage/${keyId}`, { body });
  };
  for (const keyId of [key_id, key_id, other.key_id]) await report(keyId, 1, 'platform');
  await report(key_id, 2, 'platform');
  await service.drain();
  const month = monthOf(ENDED);
  const dayOf = (days: number) =>
    new Date(ENDED.getTime() + days * DAY_MS).toISOString().slice(0, 10);
  const byName = (a: Difference, b: Difference) => (a.of < b.of ? -1 : 1);
  const run = async (write: boolean) => {
    const found: Difference[] = [];
    let keys = 0;
    const compared = () => keys++;
    for await (const difference of rebuildMonth(month, ['gone'], write, new Date(), compared)) {
      found.push(difference);
    }
    return { found: found.sort(byName), keys };
  };
  const { found: none, keys } = await run(false);
  expect([none, keys]).toEqual([[], (await service.call('GET', '/api/v1/keys')).body.length]);

  const month1 = await service.usageItems(`key#${key_id}`);
  await service.removeUsage({ pk: `key#${key_id}`, sk: month });
  await alterTotal('day#gone#1', dayOf(1), 'ADD requests :n', { ':n': 2 });
  await alterTotal('day#gone#1', dayOf(-31), 'ADD requests :n', { ':n': 2 });
  await alterTotal('day#platform#1', dayOf(1), 'ADD predictions :n', { ':n': 2 });
  await alterTotal(`key#${unused.key_id}`, month, 'ADD requests :n', { ':n': 1 });
  for (let part = 0; part < DAY_PARTS; part++) {
    await service.removeUsage({ pk: dayPartition('platform', part).S, sk: dayOf(2) });
  }
  const times = { compute_ms: 0, response_time_ms: 3 };
  const log = { requests: 3, predictions: 6, ...times, errors: 0, endpoints: { '/a': 3 } };
  const nothing = { requests: 0, predictions: 0, compute_ms: 0, response_time_ms: 0 };
  const unusedMonth = { ...nothing, errors: 0, endpoints: {} };
  const ofDay = { requests: 3, predictions: 6, ...times };
  const differences = [
    { of: `${key_id} ${month}`, log, totals: unusedMonth },
    { of: `${unused.key_id} ${month}`, log: unusedMonth, totals: { ...unusedMonth, requests: 1 } },
    { of: `gone ${dayOf(1)}`, log: nothing, totals: { ...nothing, requests: 2 } },
    { of: `platform ${dayOf(1)}`, log: ofDay, totals: { ...ofDay, predictions: 8 } },
    {
      of: `platform ${dayOf(2)}`,
      log: { requests: 1, predictions: 2, compute_ms: 0, response_time_ms: 1 },
      totals: nothing,
    },
  ].sort(byName);
  for (const write of [false, true]) expect((await run(write)).found).toEqual(differences);
  expect((await run(false)).found).toEqual([]);
  expect(await service.usageItems(`key#${key_id}`)).toEqual(month1);
  expect(await service.usageItems(`key#${unused.key_id}`)).toEqual([
    {
      pk: `key#${unused.key_id}`,
      sk: month,
      ...nothing,
      errors: 0,
      endpoints_named: 0,
    },
  ]);
  const asOf = async (name: string, day: string) => {
    const query = `?start_date=${day}&end_date=${day}&service_id=${name}`;
    return (await service.call('GET', `/api/v1/usage/aggregate${query}`)).body.as_of;
  };
  expect(await asOf('platform', dayOf(1))).toBe(new Date(ENDED.getTime() + DAY_MS).toISOString());
  expect(await asOf('gone', dayOf(1))).toBeNull();
});

test('skips an entry that can not be read', async () => {
  const { key_id } = await service.create();
  await client.send(
    new PutItemCommand({
      TableName: requireEnv(VARIABLES.usageTable),
      Item: marshall({ pk: `log#${key_id}`, sk: 'odd', at: service.clock.now.toISOString() }),
    }),
  );
  expect((await rebuild('--month', monthOf(service.clock.now))).code).toBe(0);
});

test.each([
  [['--month', '2026-13'], '--month takes a month as in 2026-01'],
  [[], '--month takes a month as in 2026-01'],
  [
    ['--month', monthOf(monthsAgo(4))],
    `The log of ${monthOf(monthsAgo(4))} is no longer complete: entries are kept for 70 days`,
  ],
  [
    ['--month', monthOf(monthsAgo(0)), '--write'],
    `${monthOf(monthsAgo(0))} can still receive reports: --write is allowed from one day after its end`,
  ],
  [['--mouth'], "Unknown option '--mouth'"],
])('rejects %j', async (args, message) => {
  const { code, said, complained } = await rebuild(...args);
  expect([code, said]).toEqual([2, '']);
  expect(complained.startsWith(message)).toBe(true);
  expect(complained).toContain('npm run rebuild-usage -- --month YYYY-MM');
});

test.each([
  ['2026-11', '2026-11-15T00:00:00.000Z', 'running'],
  ['2026-11', '2026-12-02T00:00:00.000Z', 'running'],
  ['2026-11', new Date(Date.UTC(2026, 11, 2) + 1).toISOString(), 'ended'],
  ['2026-11', new Date(Date.UTC(2026, 10, 1) + 70 * DAY_MS).toISOString(), 'ended'],
  ['2026-11', new Date(Date.UTC(2026, 10, 1) + 70 * DAY_MS + 1).toISOString(), 'expired'],
])('considers the month %s at %s %s', (month, now, state) => {
  expect(stateOf(month, new Date(now))).toBe(state);
});
