import { readFileSync } from 'node:fs';
import { expect, jest, test } from '@jest/globals';
import { markdownTable, replaceTables } from '../../infra/commands/markdown-table.ts';
import { FAULTS, type Fault } from '../support/faults.ts';
import { useService } from '../support/service.ts';
import { READS, READS_ALIKE, versionsOf, WRITES } from './operations.ts';
import { ANSWERED_MS, createStriker, outcomeOf, type Scope, type Struck } from './strike.ts';

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

/**
 * Sends attempts while DynamoDB is slow. The processor of a busy machine may take the time that slow
 * answers leave, so an operation that is answered with 503 is tried again, alone.
 */
async function sendSlowly(operations: typeof WRITES, scope: Scope): Promise<Struck[]> {
  const together = await (await striker.begin(operations, 'slow', scope)).sent;
  const results = new Map(together.map((one) => [one.operation, one]));
  for (const [name, operation] of Object.entries(operations)) {
    if (results.get(name)?.status !== 503) continue;
    const [alone] = await (await striker.begin({ [name]: operation }, 'slow', scope)).sent;
    if (alone) results.set(name, alone);
  }
  return [...results.values()];
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
  // The longest pauses between attempts: else there are hundreds of them.
  jest.spyOn(Math, 'random').mockReturnValue(0.999);
  const writes = [sendSlowly(WRITES, 'from-write')];
  await writes[0];
  // The audit trail reads its key twice, and three slow reads take nearly all of its time.
  const reads = [sendSlowly(READS, 'once')];
  await reads[0];
  for (const fault of [...FAULTS].reverse().filter((fault) => fault !== 'slow')) {
    // After the time-outs, because quick faults use up what the SDK may retry.
    if (fault === 'reset-after') await Promise.all([...writes, ...reads]);
    writes.push((await striker.begin(WRITES, fault, 'from-write')).sent);
    if (!READ_FAULTS.includes(fault)) continue;
    reads.push((await striker.begin(READS, fault, 'all')).sent);
  }
  for (const fault of READ_FAULTS) {
    const { sent } = await striker.begin(READS_ALIKE, fault, 'all');
    reads.push(sent);
    await sent;
  }
  const written = (await Promise.all(writes)).flat();
  const read = (await Promise.all(reads)).flat();
  striker.recover();
  jest.restoreAllMocks();
  struck = [...written, ...read];
  const page = readFileSync(PAGE, 'utf8');
  const tables = {
    writes: await tableOf(FAULTS, written),
    reads: await tableOf(READ_FAULTS, read),
  };
  expect(page).toBe(replaceTables(page, 'faults', tables));
}, 60_000);

test('every operation was answered within 4 seconds', () => {
  const late = struck.filter(({ milliseconds }) => milliseconds > ANSWERED_MS);
  expect(late.map(({ operation, fault }) => [operation, fault])).toEqual([]);
});

test('every operation succeeds when it is sent again, or as the page says after a rotation', async () => {
  // A read leaves nothing that could be in the way of the next.
  const resent = struck.filter(({ effect, fault }) => effect || fault === 'hang');
  const again = await Promise.all(
    resent.map(async (one) => ({ ...one, again: (await one.send()).status })),
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
