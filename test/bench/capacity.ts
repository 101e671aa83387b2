import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { listenLocally } from '../../infra/local/listen.ts';

export interface Consumption {
  requests: number;
  reads: number;
  writes: number;
}

/** Starts a proxy for DynamoDB that counts the requests and adds up the capacity they consume. */
export async function startCapacityCounter(target: string) {
  const consumed: Consumption = { requests: 0, reads: 0, writes: 0 };
  const server = createServer(async (request, reply) => {
    const input = (await json(request)) as object;
    const { host: _, 'content-length': __, connection: ___, ...headers } = request.headers;
    const response = await fetch(target, {
      method: 'POST',
      headers: headers as Record<string, string>,
      body: JSON.stringify({ ...input, ReturnConsumedCapacity: 'TOTAL' }),
    });
    const body = await response.text();
    const writes = /Update|Put|TransactWrite/.test(String(headers['x-amz-target']));
    const { ConsumedCapacity = [] } = JSON.parse(body);
    for (const { CapacityUnits = 0 } of [ConsumedCapacity].flat()) {
      consumed[writes ? 'writes' : 'reads'] += CapacityUnits;
    }
    consumed.requests++;
    reply.writeHead(response.status, { 'content-type': 'application/x-amz-json-1.0' }).end(body);
  });
  const url = await listenLocally(server);
  return {
    url,
    /** Returns the consumption since the previous call. */
    take: (): Consumption => {
      const taken = { ...consumed };
      Object.assign(consumed, { requests: 0, reads: 0, writes: 0 });
      return taken;
    },
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
