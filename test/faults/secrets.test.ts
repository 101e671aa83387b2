import { readFileSync } from 'node:fs';
import { expect, jest, test } from '@jest/globals';
import { markdownTable, replaceTables } from '../../infra/commands/markdown-table.ts';
import { createGateway, loadHandlers } from '../../infra/local/gateway.ts';
import { listenLocally } from '../../infra/local/listen.ts';
import { cleanUp } from '../support/clean-up.ts';
import { createClient } from '../support/client.ts';
import { FAULTS } from '../support/faults.ts';
import { useService } from '../support/service.ts';
import { type Attempt, READS, READS_ALIKE, type Service, WRITES } from './operations.ts';
import { ANSWERED_MS } from './strike.ts';

const PAGE = 'docs/faults.md';

const { 'Validate, key cached': _, 'Validate with a lease': __, ...writes } = WRITES;
const operations = Object.entries({ ...writes, ...READS, ...READS_ALIKE });

const service = useService();

/** Returns the service behind another gateway; the service itself creates its keys. */
async function behind(
  handlers: Awaited<ReturnType<typeof loadHandlers>>,
  msLater: number,
): Promise<Service> {
  const server = createGateway(handlers, () => new Date(service.clock.now.getTime() + msLater));
  cleanUp(() => {
    server.close();
    server.closeAllConnections();
  });
  const { call, validate } = createClient(await listenLocally(server));
  return { ...service, call, validate };
}

/** Loads the functions as a new process does, which has not read any secret. */
async function loadCold() {
  let handlers: Awaited<ReturnType<typeof loadHandlers>> | undefined;
  await jest.isolateModulesAsync(async () => {
    handlers = await loadHandlers();
  });
  if (!handlers) throw new Error('not loaded');
  return handlers;
}

test('docs/faults.md has what every operation answers while Secrets Manager fails', async () => {
  const columns = [
    ['Read within 30 s', service],
    ['Read before', await behind(await loadHandlers(), 30_000)],
    ['Never read', await behind(await loadCold(), 0)],
  ] as const;
  const statuses = new Map<string, Set<number>>();
  const late: unknown[] = [];
  const send = async (name: string, { send: attempt }: Attempt) => {
    const began = performance.now();
    const { status } = await attempt();
    if (performance.now() - began > ANSWERED_MS) late.push(name);
    statuses.set(name, (statuses.get(name) ?? new Set()).add(status));
  };
  // All requests to Secrets Manager are reads: it makes no difference whether one was executed.
  for (const fault of FAULTS.filter((one) => !one.endsWith('-after'))) {
    // Past the time for which a failure keeps others from being tried.
    service.clock.now = new Date(service.clock.now.getTime() + 31_000);
    await service.create();
    service.secrets.choose = () => fault;
    const sent: Promise<void>[] = [];
    for (const [column, of] of columns) {
      // Creating the keys of a column leaves the one before some of the processor.
      const attempts: [string, Attempt][] = [];
      for (const [operation, prepare] of operations) {
        attempts.push([
          `${operation}: ${column}`,
          await prepare(of, `${fault}-${attempts.length}-`, '2026-01-01'),
        ]);
      }
      sent.push(...attempts.map(([name, attempt]) => send(name, attempt)));
    }
    await Promise.all(sent);
    service.secrets.choose = undefined;
  }
  // A failed read of the admin token keeps others from being tried for a second.
  service.clock.now = new Date(service.clock.now.getTime() + 1_000);
  const after = columns.map(async ([, { call }]) => [
    (await call('GET', '/api/v1/keys?limit=1')).status,
    (await call('POST', '/api/v1/keys', { body: { name: 'x', service_id: 'website' } })).status,
  ]);
  expect(await Promise.all(after)).toEqual(columns.map(() => [200, 201]));
  const rows = operations.map(([operation]) => [
    operation === 'Validate, key not cached' ? 'Validate' : operation,
    ...columns.map(([column]) => [...(statuses.get(`${operation}: ${column}`) ?? [])].join(' or ')),
  ]);
  const secrets = markdownTable([['', ...columns.map(([column]) => column)], ...rows]);
  expect(late).toEqual([]);
  const page = readFileSync(PAGE, 'utf8');
  expect(page).toBe(replaceTables(page, 'faults', { secrets }));
}, 60_000);
