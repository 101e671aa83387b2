import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { expect, test } from '@jest/globals';
import { createTables } from '../../infra/local/provision.ts';
import { VARIABLES } from '../../lib/environment.ts';
import { ownName } from '../support/own-names.ts';
import { useService } from '../support/service.ts';

/** The counters that the version before the usage log has left in the tables stay in force. */
const service = useService();
const client = new DynamoDBClient();

test('adds to the totals of the earlier version, and continues its monthly counter', async () => {
  const { key_id, api_key } = await service.create({ monthly_prediction_limit: 20 });
  const put = service.putUsage;
  const totals = { requests: 5, predictions: 15, compute_ms: 1.5, response_time_ms: 10 };
  const month = { pk: `key#${key_id}`, sk: '2026-11', ...totals, errors: 2 };
  await put({ ...month, endpoints: new Set(['mark']) });
  await put({ pk: `key#${key_id}`, sk: '2026-11#/a', requests: 5 });
  await put({ pk: 'day#platform#7', sk: '2026-11-23', ...totals });
  await put({ pk: `report#${key_id}#old`, sk: 'report', fingerprint: 'f', delete_after: 1 });
  await service.alter(key_id, 'predictions_202611', 15);

  const body = {
    service_id: 'platform',
    endpoint: '/a',
    status_code: 200,
    response_time_ms: 2,
    predictions_count: 4,
  };
  const debit = () => service.call('POST', `/api/v1/usage/${key_id}/debit`, { body });
  expect((await debit()).body.remaining).toBe(1);
  expect((await debit()).status).toBe(402);
  expect((await service.validate(api_key)).status).toBe(200);
  await service.drain();
  const stats = await service.call('GET', `/api/v1/usage/${key_id}/stats`);
  expect(stats.body).toMatchObject({
    total_requests: 6,
    total_predictions: 19,
    error_rate: 2 / 6,
    top_endpoints: [{ endpoint: '/a', count: 6 }],
  });
  const days = await service.call('GET', '/api/v1/usage/aggregate?service_id=platform');
  expect(days.body.usage_by_date['2026-11-23'].platform).toMatchObject({
    requests: 6,
    predictions: 19,
  });
});

test('enables the stream of a usage table without one', async () => {
  const TableName = ownName('usage-without-stream');
  const text = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' as const });
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [text('pk'), text('sk')],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
  const { [VARIABLES.usageTable]: before } = process.env;
  process.env[VARIABLES.usageTable] = TableName;
  await createTables();
  await createTables();
  process.env[VARIABLES.usageTable] = before;
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  expect(Table?.StreamSpecification).toEqual({
    StreamEnabled: true,
    StreamViewType: 'NEW_IMAGE',
  });
});

test('adds the indexes that a table of keys lacks, and keeps the keys', async () => {
  const TableName = ownName('keys-of-an-earlier-version');
  const text = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' as const });
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [text('key_id'), text('kind'), text('created_at')],
      KeySchema: [{ AttributeName: 'key_id', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'listing',
          KeySchema: [
            { AttributeName: 'kind', KeyType: 'HASH' },
            { AttributeName: 'created_at', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['service_id'] },
        },
      ],
    }),
  );
  const { key_id, key_info } = await service.create({ name: 'kept', user_id: 'someone' });
  const Item = await service.remove(key_id);
  await client.send(new PutItemCommand({ TableName, Item }));
  const { [VARIABLES.keysTable]: before } = process.env;
  process.env[VARIABLES.keysTable] = TableName;
  for (const _ of ['once', 'again']) {
    await createTables();
    for (const query of ['', 'user_id=someone', `key_prefix=${key_info.key_prefix}`]) {
      const found = await service.call('GET', `/api/v1/keys?name=KEPT&${query}`);
      expect(found.body).toEqual([key_info]);
    }
  }
  process.env[VARIABLES.keysTable] = before;
});
