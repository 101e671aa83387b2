import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { markdownTable, replaceTables } from '../../infra/commands/markdown-table.ts';
import { FAULTS, type Fault } from '../support/faults.ts';
import { useService } from '../support/service.ts';
import { READS, READS_ALIKE, versionsOf, WRITES } from './operations.ts';
import { createStriker, outcomeOf, type Scope, type Struck } from './strike.ts';

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

let struck: Struck[];

test('docs/faults.md has what happens to every operation while DynamoDB fails', async () => {
  const written: Promise<Struck[]>[] = [];
  const read: Promise<Struck[]>[] = [];
  for (const fault of ['slow', ...FAULTS.filter((fault) => fault !== 'slow')] as const) {
    written.push((await striker.begin(WRITES, fault, 'from-write')).sent);
    if (READ_FAULTS.includes(fault)) {
      // The audit trail reads its key twice, and three slow reads take nearly all of its time.
      const scope: Scope = fault === 'slow' ? 'once' : 'all';
      read.push((await striker.begin(READS, fault, scope)).sent);
    }
    // Slow answers leave little time, and the others would take some of it.
    if (fault === 'slow') await Promise.all([...written, ...read]);
  }
  for (const fault of READ_FAULTS) {
    const alike = await (await striker.begin(READS_ALIKE, fault, 'all')).sent;
    read.push(Promise.resolve(alike));
  }
  const [writes, reads] = [await Promise.all(written), await Promise.all(read)].map((of) =>
    of.flat(),
  );
  striker.recover();
  struck = [...writes, ...reads];
  const page = readFileSync(PAGE, 'utf8');
  const tables = {
    writes: await tableOf(FAULTS, writes),
    reads: await tableOf(READ_FAULTS, reads),
  };
  expect(page).toBe(replaceTables(page, 'faults', tables));
}, 60_000);

test('answered all of them within 4 seconds', () => {
  const late = struck.filter(({ milliseconds }) => milliseconds > 4000);
  expect(late.map(({ operation, fault }) => [operation, fault])).toEqual([]);
});

test('answers every one of them as usual when it is sent again, and as the page advises', async () => {
  const again = await Promise.all(
    struck.map(async (one) => ({ ...one, answer: await one.send() })),
  );
  const isRotation = ({ operation }: Struck) => operation.startsWith('Rotate');
  const wasMade = ({ fault }: Struck) => /slow|after/.test(fault);
  const refused = again.filter(({ answer }) => !SUCCESS.test(`${answer.status}`));
  expect(refused.map(({ operation, fault, answer }) => [operation, fault, answer.status])).toEqual(
    again
      .filter((one) => isRotation(one) && wasMade(one))
      .map(({ operation, fault }) => [operation, fault, 409]),
  );
  // Each change and its audit entry are there, or neither is, and each report is logged once.
  for (const { keyIds } of again) await versionsOf(service, keyIds);
  for (const { operation, effect, keyIds } of again) {
    if (/Record|Debit/.test(operation)) expect(await effect?.(keyIds, false)).toBe('made');
  }
  for (const {
    keyIds: [keyId],
  } of refused) {
    const { rotated_to } = (await service.call('GET', `/api/v1/keys/${keyId}`)).body;
    const { status, body } = await service.call('POST', `/api/v1/keys/${rotated_to}/rotate`);
    expect(status).toBe(200);
    expect((await service.validate(body.api_key)).status).toBe(200);
  }
  const unheld = again.filter(
    ({ operation, status, keyIds }) =>
      operation === 'Create' && status === 503 && keyIds.length > 0,
  );
  for (const {
    keyIds: [keyId],
  } of unheld) {
  }
}, 60_000);
