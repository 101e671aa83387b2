import { randomUUID } from 'node:crypto';
import { type Attack, type Attempt, ONE_EACH, REPORT, type Target } from './attack.ts';

const report = (path: string, idempotency_key: string): Attempt => ({
  method: 'POST',
  path: `/api/v1/usage/${path}`,
  body: { ...REPORT, idempotency_key },
});

async function prepareUnknown(path: string) {
  return () => report(`${randomUUID()}${path}`, 'any');
}

async function prepareReports(target: Target) {
  const { key_id } = await target.create();
  return (i: number) => report(key_id, `report ${i} ${randomUUID()}`);
}

/** The attacks that only a deployment admits that takes usage reports from anyone. */
export const OPEN_ATTACKS: readonly Attack[] = [
  {
    id: 'open-unknown-records',
    sent: 'Records of keys that do not exist',
    status: 404,
    dynamodb: ONE_EACH,
    secrets: {},
    prepare: () => prepareUnknown(''),
  },
  {
    id: 'open-unknown-debits',
    sent: 'Debits of keys that do not exist',
    status: 404,
    dynamodb: ONE_EACH,
    secrets: {},
    prepare: () => prepareUnknown('/debit'),
  },
  {
    id: 'open-records',
    sent: 'Records of a key that exists, each with another idempotency key',
    status: 200,
    dynamodb: { each: 2 },
    secrets: {},
    prepare: prepareReports,
  },
  {
    id: 'open-repeats',
    sent: 'Records of a key that exists, each with the same idempotency key',
    status: 200,
    dynamodb: { each: 3 },
    secrets: {},
    prepare: async (target) => {
      const { key_id } = await target.create();
      const repeated = report(key_id, 'the same');
      await target.call('POST', repeated.path, {
        body: { ...REPORT, idempotency_key: 'the same' },
      });
      return () => repeated;
    },
  },
  {
    id: 'open-over-month',
    sent: 'Debits over the monthly limit of a key',
    status: 402,
    dynamodb: { each: 2 },
    secrets: {},
    prepare: async (target) => {
      const { key_id } = await target.create({ monthly_prediction_limit: 1 });
      const path = `/api/v1/usage/${key_id}`;
      await target.call('POST', path, { body: REPORT });
      await target.call('POST', `${path}/debit`, { body: REPORT });
      return (i) => report(`${key_id}/debit`, `debit ${i}`);
    },
  },
];
