import { createServer } from 'node:http';
import { expect, test } from '@jest/globals';
import { listenLocally } from '../../infra/local/listen.ts';
import { cleanUp } from './clean-up.ts';
import { ADMIN_TOKEN, createClient } from './client.ts';
import { useService } from './service.ts';

/** Tests that pass but leak: `leak-search.test.ts` runs them to see the search fail. */
const service = useService();

test('logs a key', async () => {
  const { api_key } = await service.create();
  process.stdout.write(`{"level":"INFO","message":"${api_key}"}\n`);
});

test('answers with the admin token', async () => {
  const server = createServer((_, response) => {
    response.writeHead(404).end(`["${ADMIN_TOKEN}"]`);
  });
  cleanUp(() => server.close());
  const { status } = await createClient(await listenLocally(server)).call('GET', '/');
  expect(status).toBe(404);
});

test('stores a key', async () => {
  const { api_key } = await service.create();
  await service.putUsage({ pk: 'planted', sk: 'item', note: api_key });
});

test('logs a hash while it is cleaned up', () => {
  cleanUp(() => process.stdout.write('{"level":"INFO","message":"$2b$04$hash"}\n'));
});
