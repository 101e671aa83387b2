import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { markdownTable, replaceTables } from '../../infra/commands/markdown-table.ts';
import { FAULTS, type Fault } from '../support/faults.ts';
import { useService } from '../support/service.ts';
import { READS, READS_ALIKE, versionsOf, WRITES } from './operations.ts';
import { createStriker, outcomeOf, type Struck } from './strike.ts';

const PAGE = 'docs/faults.md';

/** The faults in the order of the page, with the heads of their columns. */
const HEADS: Readonly<Record<Fault, string>> = {
  throttle: 'Throttled',
  error: 'HTTP 500',
  'reset-before': 'Closed before',
  'reset-after': 'Closed after',
  slow: 'After 1 s',
  hang: 'No answer before',
  'hang-after': 'No answer after',
};
/** For a read it makes no difference whether it was executed before it failed. */
const READ_FAULTS = FAULTS.filter((fault) => !fault.endsWith('-after'));
const SUCCESS = /^20[01]$/;

const service = useService();
const striker = createStriker(service);

/** Returns a table of outcomes with a row for each operation and a column for each fault. */
async function tableOf(faults: readonly Fault[], struck: readonly Struck[]): Promise<string> {
  const rows = new Map<string, string[]>();
  for (const { operation, outcome, fault } of await withOutcomes(struck)) {
    const row = rows.get(operation) ?? [operation];
    row[faults.indexOf(fault) + 1] = outcome;
    rows.set(operation, row);
  }
  return markdownTable([['', ...faults.map((fault) => HEADS[fault])], ...rows.values()]);
}

function withOutcomes(struck: readonly Struck[]) {
  return Promise.all(struck.map(async (one) => ({ ...one, outcome: await outcomeOf(one) })));
}

test('each operation is carried out once when each of its requests fails once', async () => {
  const struck: Struck[] = [];
  for (const fault of ['throttle', 'error', 'reset-before', 'reset-after'] as const) {
    struck.push(...(await (await striker.begin(WRITES, fault, 'once')).sent));
  }
  striker.recover();
  const others = (await withOutcomes(struck)).filter(({ outcome }) => !SUCCESS.test(outcome));
  // A count whose answer was lost may be made again: it is too high, never too low.
  expect(
    others.map(({ operation, fault, outcome }) => `${operation}, ${fault}: ${outcome}`),
  ).toEqual(
    Object.keys(WRITES)
      .filter((operation) => /^(Validate|Record|Debit)/.test(operation))
      .map((operation) => `${operation}, reset-after: 200, counted`),
  );
}, 60_000);

test('an operation whose first read fails stores nothing', async () => {
  const { Create: _, Revoke: __, ...others } = WRITES;
  const readsFirst = Object.entries(others).filter(([name]) => !/key cached|lease/.test(name));
  const { sent } = await striker.begin(Object.fromEntries(readsFirst), 'reset-after', 'all');
  const failed = await sent;
  striker.recover();
  const outcomes = (await withOutcomes(failed)).map((one) => [one.operation, one.outcome]);
  expect(outcomes).toEqual(readsFirst.map(([name]) => [name, '503']));
});

let struck: Struck[];

test('docs/faults.md has what every operation answers while DynamoDB fails, and what it stores', async () => {
  const writes: Promise<Struck[]>[] = [];
  const reads: Promise<Struck[]>[] = [];
  for (const fault of ['slow', ...FAULTS.filter((fault) => fault !== 'slow')] as const) {
    // Slow answers leave little time, and other requests would take some of it.
    const isAlone = fault === 'slow';
    writes.push((await striker.begin(WRITES, fault, 'from-write')).sent);
    if (isAlone) await Promise.all(writes);
    if (!READ_FAULTS.includes(fault)) continue;
    // The audit trail reads its key twice, and three slow reads take nearly all of its time.
    reads.push((await striker.begin(READS, fault, isAlone ? 'once' : 'all')).sent);
    if (isAlone) await Promise.all(reads);
  }
  for (const fault of READ_FAULTS) {
    const { sent } = await striker.begin(READS_ALIKE, fault, 'all');
    reads.push(sent);
    await sent;
  }
  const written = (await Promise.all(writes)).flat();
  const read = (await Promise.all(reads)).flat();
  striker.recover();
  struck = [...written, ...read];
  const page = readFileSync(PAGE, 'utf8');
  const tables = {
    writes: await tableOf(FAULTS, written),
    reads: await tableOf(READ_FAULTS, read),
  };
  expect(page).toBe(replaceTables(page, 'faults', tables));
}, 60_000);

test('every operation was answered within 4 seconds', () => {
  const late = struck.filter(({ milliseconds }) => milliseconds > 4000);
  expect(late.map(({ operation, fault }) => [operation, fault])).toEqual([]);
});

test('every operation succeeds when it is sent again, or as the page says after a rotation', async () => {
  const again = await Promise.all(
    struck.map(async (one) => ({ ...one, again: (await one.send()).status })),
  );
  const made = again.filter(({ fault }) => /slow|after/.test(fault));
  const refused = again.filter((one) => !SUCCESS.test(`${one.again}`));
  expect(refused.map(({ operation, fault, again }) => [operation, fault, again])).toEqual(
    made
      .filter(({ operation }) => operation.startsWith('Rotate'))
      .map(({ operation, fault }) => [operation, fault, 409]),
  );
  for (const {
    keyIds: [keyId],
  } of refused) {
    const { rotated_to } = (await service.call('GET', `/api/v1/keys/${keyId}`)).body;
    const { body } = await service.call('POST', `/api/v1/keys/${rotated_to}/rotate`);
    expect((await service.validate(body.api_key)).status).toBe(200);
  }
  // Every change has its audit entry still, and every report is in the log once.
  for (const { operation, effect, keyIds } of again) {
    await versionsOf(service, keyIds);
    if (/Record|Debit/.test(operation)) expect(await effect?.(keyIds, false)).toBe('made');
  }
});

test('a key that an unanswered creation has made can be found and revoked', async () => {
  const unheld = struck.filter(
    ({ operation, status, fault }) =>
      operation === 'Create' && status === 503 && fault.endsWith('after'),
  );
  const { body: keys } = await service.call('GET', '/api/v1/keys');
  expect(unheld).toHaveLength(2);
  for (const {
    keyIds: [keyId],
  } of unheld) {
    expect(keys).toContainEqual(expect.objectContaining({ key_id: keyId, last_used_at: null }));
    expect((await service.call('DELETE', `/api/v1/keys/${keyId}`)).status).toBe(200);
    expect((await service.call('GET', `/api/v1/keys/${keyId}`)).body.is_active).toBe(false);
  }
});
