import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterEach, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { checkpointKey } from '../../lib/aws/dynamodb/usage-items.ts';
import type { LogEntry } from '../../lib/domain/usage-report.ts';
import { requireEnv } from '../../lib/environment.ts';
import { logLines } from '../support/log-lines.ts';
import { programOf } from '../support/programs.ts';
import { startProxy } from '../support/proxy.ts';
import { scaled } from '../support/scaled.ts';
import { useService } from '../support/service.ts';
import { until } from '../support/until.ts';
import { compareTotals, streamRecord } from '../support/usage-log.ts';

const service = useService();
afterEach(() => {
  service.dynamodb.mode = 'pass';
  service.dynamodb.before = undefined;
});

type Batch = ReturnType<typeof streamRecord>[];

/** Delivers a batch as Lambda does: again from where the function stopped, until it is done. */
async function deliver(shardId: string, batch: Batch): Promise<number> {
  const { handler } = await import('../../functions/count-usage.ts');
  for (let attempt = 1, left = batch; ; attempt++) {
    const { batchItemFailures, state } = await handler({ shardId, Records: left } as never);
    expect(state).toEqual({});
    const [failed] = batchItemFailures;
    if (!failed) return attempt;
    const from = left.findIndex(
      ({ dynamodb }) => dynamodb.SequenceNumber === failed.itemIdentifier,
    );
    expect(from).toBeGreaterThanOrEqual(0);
    left = left.slice(from);
    service.dynamodb.mode = 'pass';
  }
}

const thousandths = fc.nat({ max: 5_000_000 }).map((n) => n / 1000);
const entryOf = (keyIds: string[], services: string[]) =>
  fc.record({
    key_id: fc.constantFrom(...keyIds),
    name: fc.uuid(),
    request_id: fc.uuid(),
    charge: fc.constantFrom('record' as const, 'debit' as const),
    at: fc.constantFrom(
      '2026-10-31T23:59:59.999Z',
      '2026-11-01T00:00:00.000Z',
      '2026-11-23T18:30:00.000Z',
    ),
    service_id: fc.constantFrom(...services),
    endpoint: fc.constantFrom(
      ...Array.from({ length: 40 }, (_, i) => `/${i}`),
      'other',
      '__proto__',
    ),
    status_code: fc.constantFrom(0, 200, 399, 400, 503),
    response_time_ms: thousandths,
    predictions_count: fc.nat({ max: 1000 }),
    compute_ms: thousandths,
  });

/** A new range of a shard's records and then older ones: the first delivery is always in order. */
const delivery = fc.record({
  shard: fc.nat({ max: 1 }),
  more: fc.nat({ max: 40 }),
  back: fc.nat({ max: 30 }),
  fault: fc.constantFrom('pass', 'pass', 'lose-answer', 'cut', 'throttle' as const),
});

afterEach(() => {
  jest.restoreAllMocks();
});

test('keeps the totals equal to the log through repeats, overlaps, failures and other shards', async () => {
  // The shortest pause that the jitter of a retry may draw: else a failure takes a second to pass.
  jest.spyOn(Math, 'random').mockReturnValue(0);
  await fc.assert(
    fc.asyncProperty(
      fc.array(delivery, { minLength: 1, maxLength: 8 }),
      fc.infiniteStream(fc.nat()),
      async (deliveries, seeds) => {
        // Uses new names in each run, because the table keeps the totals of the runs before.
        const own = {
          keys: Array.from({ length: 40 }, () => randomUUID()),
          services: [randomUUID(), randomUUID()],
        };
        const [seed] = seeds;
        const entries = fc.sample(entryOf(own.keys, own.services), { numRuns: 160, seed });
        const shards = [0, 1].map((shard) => ({
          id: `shard-${randomUUID()}`,
          // Sequence numbers have up to 40 digits and grow by any step.
          records: entries
            .filter((_, i) => i % 2 === shard)
            .map((entry, i) => streamRecord(9_990 + i * 7, entry)),
          delivered: 0,
        }));
        for (const { shard, more, back, fault } of [
          ...deliveries,
          { shard: 1, more: 400, back: 1, fault: 'pass' as const },
          { shard: 0, more: 400, back: 0, fault: 'pass' as const },
        ]) {
          const of = shards[shard] as (typeof shards)[number];
          const from = Math.max(0, of.delivered - back);
          const to = Math.min(of.records.length, of.delivered + more);
          service.dynamodb.mode = fault as typeof service.dynamodb.mode;
          await deliver(of.id, of.records.slice(from, to));
          service.dynamodb.mode = 'pass';
          of.delivered = Math.max(of.delivered, to);
        }
        const { expected, actual } = await compareTotals(entries);
        expect(actual).toEqual(expected);
      },
    ),
    { numRuns: scaled(2, 10) },
  );
}, 60_000);

const ENTRY: LogEntry = {
  key_id: 'k',
  name: 'n',
  request_id: 'r',
  charge: 'record',
  at: '2026-11-23T18:30:00.000Z',
  service_id: 'prediction',
  endpoint: '/v1/predict',
  status_code: 200,
  response_time_ms: 1,
  predictions_count: 3,
  compute_ms: 2,
};
const entries = (count: number, fields: (i: number) => Partial<LogEntry> = () => ({})) => {
  const own = { key_id: randomUUID(), service_id: randomUUID() };
  return Array.from({ length: count }, (_, i) => ({
    ...ENTRY,
    ...own,
    name: `${i}`,
    ...fields(i),
  }));
};

/** More totals than fit into one transaction. */
const keyIds = Array.from({ length: 150 }, () => randomUUID());

test('adds each record once when two consumers read one shard', async () => {
  const all = entries(450, (i) => ({ endpoint: `/${i % 150}`, key_id: keyIds[i % 150] ?? '' }));
  const records = all.map((entry, i) => streamRecord(i + 1, entry));
  const batch = records.slice(150);
  // With all endpoints known, only the checkpoint shows one consumer the work of the other.
  await deliver(randomUUID(), records.slice(0, 150));
  const shardId = randomUUID();
  service.dynamodb.mode = 'lock';
  await Promise.all([
    deliver(shardId, batch),
    deliver(shardId, batch.slice(0, 120)),
    deliver(shardId, batch),
  ]);
  service.dynamodb.mode = 'pass';
  const { expected, actual } = await compareTotals(all);
  expect(actual).toEqual(expected);
});

test('names at most 200 endpoints when consumers of two shards add to one month', async () => {
  const all = entries(400, (i) => ({ endpoint: `/${i % 250}` }));
  const halves = [0, 1].map((half) =>
    all.filter((_, i) => i % 2 === half).map((entry, i) => streamRecord(i + 1, entry)),
  );
  service.dynamodb.mode = 'lock';
  await Promise.all(halves.map((batch) => deliver(randomUUID(), batch)));
  service.dynamodb.mode = 'pass';
  const [{ key_id } = ENTRY] = all;
  const [month, ...others] = await service.usageItems(`key#${key_id}`);
  expect(others).toEqual([]);
  const counts = Object.entries(month ?? {}).filter(([name]) => name.startsWith('endpoint:'));
  expect(counts).toHaveLength(200 + 1);
  expect(counts.reduce((sum, [, count]) => sum + count, 0)).toBe(400);
});

const unreadable: [string, object][] = [
  ['a number that is text', { compute_ms: { S: 'odd' } }],
  ['a number beyond all others', { predictions_count: { N: '1e30' } }],
  ['a negative number', { predictions_count: { N: '-1' } }],
  ['a time that is a number', { at: { N: '2026' } }],
  ['a time that is a word', { at: { S: 'yesterday' } }],
  ['an endpoint that fits into no key', { endpoint: { S: 'x'.repeat(2000) } }],
  ['another charge', { charge: { S: 'gift' } }],
];
test.each(unreadable)('logs an entry with %s and adds the others', async (_, changes) => {
  const all = entries(5);
  const batch = all.map((entry, i) => streamRecord(i < 2 ? i + 1 : i + 2, entry));
  const odd = streamRecord(3, { ...ENTRY, key_id: all[0]?.key_id ?? '', name: 'odd' });
  Object.assign(odd.dynamodb.NewImage, changes);
  batch.splice(2, 0, odd);
  const lines = await logLines(async () => {
    expect(await deliver(randomUUID(), batch)).toBe(1);
  });
  const unreadableLines = lines.filter(({ UnreadableReports }) => UnreadableReports === 1);
  expect(unreadableLines).toMatchObject([
    { message: 'unreadable log entry', pk: `log#${all[0]?.key_id}`, sk: 'odd' },
  ]);
  expect(unreadableLines[0]).not.toHaveProperty('error');
  const { expected, actual } = await compareTotals(all);
  expect(actual).toEqual(expected);
});

test('finds an entry that DynamoDB refuses to add, and adds the others', async () => {
  const all = entries(20, (i) => ({ endpoint: `/${i}` }));
  const [{ key_id }] = all as [LogEntry];
  // DynamoDB can't add to a total that is a text.
  await service.putUsage({ pk: `key#${key_id}`, sk: '2026-11', 'endpoint:/odd': 'odd' });
  const batch = all.map((entry, i) => streamRecord(i < 9 ? i + 1 : i + 2, entry));
  batch.splice(9, 0, streamRecord(10, { ...ENTRY, key_id, name: 'odd', endpoint: '/odd' }));
  const lines = await logLines(async () => expect(await deliver(randomUUID(), batch)).toBe(1));
  expect(lines).toMatchObject([{ UnreadableReports: 1, sequence: '10', error: expect.anything() }]);
  const { expected, actual } = await compareTotals(all);
  const withoutOdd = JSON.parse(JSON.stringify(actual));
  delete withoutOdd[`${key_id} 2026-11`].endpoints['/odd'];
  expect(withoutOdd).toEqual(expected);
});

test('accepts the last call of a window, which has no records', async () => {
  const { handler } = await import('../../functions/count-usage.ts');
  expect(await handler({ shardId: 'a shard' })).toEqual({ state: {}, batchItemFailures: [] });
});

test('rejects an event without a shard', async () => {
  const { handler } = await import('../../functions/count-usage.ts');
  await expect(handler({ Records: [] })).rejects.toThrow('no tumbling window');
});

test('ignores changes that are no new log entries', async () => {
  const [entry = ENTRY] = entries(1);
  const batch = [
    { ...streamRecord(1, entry), eventName: 'MODIFY' },
    { ...streamRecord(2, entry), eventName: 'REMOVE' },
  ];
  service.dynamodb.actions.length = 0;
  expect(await deliver(randomUUID(), batch)).toBe(1);
  expect(service.dynamodb.actions).toEqual([]);
});

test('resumes a batch where it stopped when only a part could be added', async () => {
  // Every entry has a total of its own, and 99 fit into one transaction: there are two.
  const all = entries(120, (i) => ({ endpoint: `/${i}`, key_id: randomUUID() }));
  const batch = all.map((entry, i) => streamRecord(i + 1, entry));
  const { handler } = await import('../../functions/count-usage.ts');
  const shardId = randomUUID();
  await handler({ shardId, Records: batch.slice(0, 60) } as never);
  service.dynamodb.mode = 'cut';
  const stop = async () =>
    expect(await handler({ shardId, Records: batch } as never)).toEqual({
      state: {},
      batchItemFailures: [{ itemIdentifier: '1' }],
    });
  expect(await logLines(stop)).toContainEqual(
    expect.objectContaining({ message: 'usage not added to the totals', shard_id: shardId }),
  );
  service.dynamodb.mode = 'pass';
  const added = async () => {
    service.dynamodb.actions.length = 0;
    expect(await logLines(() => handler({ shardId, Records: batch } as never))).toEqual([]);
    return service.dynamodb.actions;
  };
  const part = ['BatchGetItem', 'TransactWriteItems'];
  expect(await added()).toEqual([...part, ...part]);
  expect(await added()).toEqual(['BatchGetItem', 'BatchGetItem']);
  const { expected, actual } = await compareTotals(all);
  expect(actual).toEqual(expected);
});

test('stops when another consumer of the shard is faster twenty times', async () => {
  const shardId = randomUUID();
  let faster = 0;
  service.dynamodb.before = async () => {
    if (service.dynamodb.inputs.at(-1)?.action !== 'TransactWriteItems') return;
    await service.putUsage({ ...unmarshall(checkpointKey(shardId)), sequence: `${++faster}` });
  };
  const [entry = ENTRY] = entries(1);
  const { handler } = await import('../../functions/count-usage.ts');
  const lines = await logLines(async () =>
    expect(await handler({ shardId, Records: [streamRecord(100, entry)] } as never)).toEqual({
      state: {},
      batchItemFailures: [{ itemIdentifier: '100' }],
    }),
  );
  expect(faster).toBe(20);
  expect(JSON.stringify(lines)).toContain('other consumers kept adding to the same totals');
});

test('adds everything once although the consumer is repeatedly killed in a batch', async () => {
  // Enough totals for several transactions.
  const ids = Array.from({ length: 300 }, () => randomUUID());
  const all = entries(600, (i) => ({
    key_id: ids[i % ids.length] ?? '',
    endpoint: `/${i % 33}`,
    predictions_count: i % 5,
    compute_ms: i / 10,
  }));
  for (let i = 0; i < all.length; i += 50) {
    const puts = all
      .slice(i, i + 50)
      .map(({ key_id, name, ...fields }) =>
        service.putUsage({ pk: `log#${key_id}`, sk: name, ...fields }),
      );
    await Promise.all(puts);
  }
  for (const transactions of [1, 2, 2]) {
    const proxy = await startProxy(requireEnv('AWS_ENDPOINT_URL_DYNAMODB'));
    const consumer = spawn(process.execPath, [programOf('test/support/stream-consumer.ts')], {
      env: { ...process.env, AWS_ENDPOINT_URL_DYNAMODB: proxy.url },
      stdio: 'ignore',
    });
    const ended = once(consumer, 'exit');
    const begun = () => proxy.actions.filter((action) => action === 'TransactWriteItems').length;
    await until(() => begun() >= transactions || consumer.exitCode !== null);
    consumer.kill('SIGKILL');
    expect(await ended).toEqual([null, 'SIGKILL']);
    proxy.stop();
  }
  await service.drain();
  const { expected, actual } = await compareTotals(all);
  expect(actual).toEqual(expected);
}, 60_000);
