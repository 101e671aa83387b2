import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import { listenLocally } from '../../infra/local/listen.ts';
import type { Item } from '../../lib/aws/dynamodb/item.ts';
import { cleanUp } from './clean-up.ts';

const ARN = 'arn:aws:dynamodb:us-east-1:000000000000:table/';

interface Restored {
  readonly source: string;
  readonly at: number;
  isReady: boolean;
}

/**
 * Starts a server that passes requests on to DynamoDB, and itself answers those of point-in-time
 * recovery, which the embedded database does not have. It also lists the resources of a stack, as
 * CloudFormation does.
 * @param endpoint DynamoDB's
 * @param resources the physical ids of the stack's resources, by their logical ids
 */
export async function startPointInTime(endpoint: string, resources: Record<string, string>) {
  const client = new DynamoDBClient({ endpoint });
  const captured = new Map<string, Item[]>();
  const restored = new Map<string, Restored>();
  /** Is called before each request is passed on. */
  const hooks: { before?: (action: string) => unknown } = {};

  function begin(source: string, target: string, at: number): object {
    if (restored.has(target)) return fault('TableAlreadyExistsException');
    const table = { source, at, isReady: false };
    restored.set(target, table);
    void copy(source, target).then(() => {
      table.isReady = true;
    });
    return { TableDescription: { TableName: target, TableStatus: 'CREATING' } };
  }

  async function copy(source: string, target: string): Promise<void> {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: source }));
    const used = Table?.KeySchema?.map(({ AttributeName }) => AttributeName);
    await client.send(
      new CreateTableCommand({
        TableName: target,
        KeySchema: Table?.KeySchema,
        AttributeDefinitions: Table?.AttributeDefinitions?.filter(({ AttributeName }) =>
          used?.includes(AttributeName),
        ),
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    const items = [...(captured.get(source) ?? [])];
    const write = async () => {
      while (items.length > 0) {
        const requests = items.splice(0, 25).map((one) => ({ PutRequest: { Item: one } }));
        await client.send(new BatchWriteItemCommand({ RequestItems: { [target]: requests } }));
      }
    };
    await Promise.all(Array.from({ length: 8 }, write));
  }

  async function describe(name: string): Promise<object> {
    const from = restored.get(name);
    if (!from) await client.send(new DescribeTableCommand({ TableName: name }));
    return {
      Table: {
        TableName: name,
        TableArn: ARN + name,
        TableStatus: from && !from.isReady ? 'CREATING' : 'ACTIVE',
        ItemCount: captured.get(from?.source ?? name)?.length,
        ...(from && {
          RestoreSummary: { SourceTableArn: ARN + from.source, RestoreDateTime: from.at },
        }),
      },
    };
  }

  async function answer(action: string, body: string): Promise<object | undefined> {
    const input = body.startsWith('{') ? JSON.parse(body) : {};
    await hooks.before?.(action);
    switch (action) {
      case 'DescribeContinuousBackups':
        return {
          ContinuousBackupsDescription: {
            ContinuousBackupsStatus: 'ENABLED',
            PointInTimeRecoveryDescription: {
              PointInTimeRecoveryStatus: 'ENABLED',
              EarliestRestorableDateTime: Date.now() / 1000 - 3600,
              LatestRestorableDateTime: Date.now() / 1000,
            },
          },
        };
      case 'RestoreTableToPointInTime':
        return begin(input.SourceTableName, input.TargetTableName, input.RestoreDateTime);
      case 'DescribeTable':
        return describe(input.TableName).catch(() => fault('ResourceNotFoundException'));
      default:
        return undefined;
    }
  }

  const server = createServer(async (request, response) => {
    const body = await text(request);
    const action = actionOf(request);
    if (action === undefined) {
      response.setHeader('Content-Type', 'text/xml').end(listing(resources));
      return;
    }
    const own = await answer(action, body);
    if (own) {
      response.statusCode = '__type' in own ? 400 : 200;
      response.setHeader('Content-Type', 'application/x-amz-json-1.0').end(JSON.stringify(own));
      return;
    }
    const { host: _, 'content-length': __, connection: ___, ...headers } = request.headers;
    const passed = await fetch(endpoint, {
      method: 'POST',
      headers: headers as Record<string, string>,
      body,
    });
    response.statusCode = passed.status;
    response
      .setHeader('Content-Type', 'application/x-amz-json-1.0')
      .end(Buffer.from(await passed.arrayBuffer()));
  });
  const url = await listenLocally(server);
  cleanUp(() => {
    server.close();
    server.closeAllConnections();
    client.destroy();
  });

  return {
    url,
    hooks,
    /** The restored tables. */
    restored,
    /** Remembers the items of tables, to which they can be restored. */
    capture: async (...tables: string[]) => {
      for (const TableName of tables) {
        const items: Item[] = [];
        for await (const { Items = [] } of paginateScan({ client }, { TableName })) {
          items.push(...Items);
        }
        captured.set(TableName, items);
      }
    },
  };
}

/** Returns DynamoDB's action; undefined for a request to CloudFormation. */
function actionOf({ headers }: IncomingMessage): string | undefined {
  return headers['x-amz-target']?.toString().split('.')[1];
}

function fault(name: string) {
  return { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: name };
}

function listing(resources: Record<string, string>): string {
  const members = Object.entries(resources).map(
    ([logical, physical]) =>
      `<member><LogicalResourceId>${logical}</LogicalResourceId><PhysicalResourceId>${physical}</PhysicalResourceId></member>`,
  );
  return `<ListStackResourcesResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><ListStackResourcesResult><StackResourceSummaries>${members.join('')}</StackResourceSummaries></ListStackResourcesResult></ListStackResourcesResponse>`;
}
