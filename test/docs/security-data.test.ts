import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { beforeAll, expect, test } from '@jest/globals';
import { DEFAULTS } from '../../infra/stage-defaults.ts';
import { readProgress, savePage } from '../../lib/aws/dynamodb/snapshot.ts';
import { RESTORED_AT } from '../../lib/aws/dynamodb/usage-stream.ts';
import { generateKey } from '../../lib/domain/key.ts';
import { assessPage, EMPTY_SUMMARY } from '../../lib/domain/posture-summary.ts';
import { DAY_MS } from '../../lib/domain/time.ts';
import { requireEnv, VARIABLES } from '../../lib/environment.ts';
import { DIMENSIONS } from '../../lib/runtime/metrics.ts';
import { captureIssued } from '../support/captured.ts';
import { classifiedFields, dataRows, dataSection, retentionsOf } from '../support/data-table.ts';
import { countedIn, logLines } from '../support/log-lines.ts';
import { NOW, useService } from '../support/service.ts';
import { deployedFiles, loggedFieldsIn } from '../support/source.ts';

process.env.KEY_ENVIRONMENTS = 'production';
// Changes of a leased key wait for as long.
process.env.LEASE_MS = '100';
const service = useService();
const CLIENT = '203.0.113.10';
let lines: Record<string, unknown>[];

/** The attributes of the items that were stored, and how long they are kept, by their place. */
const stored = new Map<string, { fields: Set<string>; times: Set<string> }>();

beforeAll(async () => {
  lines = await logLines(leaveTraces);
  await scanTables();
}, 60_000);

/** Makes requests and runs after which every kind of item has had all its attributes. */
async function leaveTraces(): Promise<void> {
  const { api_key, key_id } = await service.create({
    allowed_ips: [CLIENT],
    monthly_prediction_limit: 1000,
    overage_allowed: true,
    use_case: 'batch',
    expires_in_days: 30,
  });
  const key = `/api/v1/keys/${key_id}`;
  const usage = `/api/v1/usage/${key_id}`;
  const use = () => service.validate(api_key, { client_ip: CLIENT, lease_requests: 2 });
  await use();
  const report = { service_id: 'prediction', endpoint: '/a', status_code: 200 };
  const amounts = { response_time_ms: 1, predictions_count: 1, model_id: 'm' };
  await service.call('POST', usage, { body: { ...report, ...amounts } });
  await service.drain();
  const rotation = { grace_period_minutes: 60, reason: 'a reason' };
  const rotated = await service.call('POST', `${key}/rotate`, { body: rotation });
  // Before the next use makes the successor take over the counters.
  await scanTables();
  await use();
  const successor = `/api/v1/keys/${rotated.body.key_id}`;
  await service.call('PATCH', successor, { body: { suspended: true } });
  await service.call('DELETE', key);
  await use();
  const foreign = generateKey('test', randomInt).text;
  captureIssued(foreign);
  await service.validate(foreign);
  await service.validate(api_key, { nonsense: 1 });
  // More than are counted in a minute.
  const guess = { admin: false, headers: { authorization: 'Bearer guess' } };
  for (let i = 0; i < 31; i++) await service.call('POST', usage, guess);
  // A key without scopes, which is a finding.
  await service.create();
  await assess();
  service.dynamodb.mode = 'cut';
  await service.call('GET', key);
  service.dynamodb.mode = 'pass';
}

/** Runs the daily check of all keys, as if it had been interrupted after a page. */
async function assess(): Promise<void> {
  const { handler } = await import('../../functions/assess-posture.ts');
  await handler({ time: NOW.toISOString() }, { getRemainingTimeInMillis: () => 900_000 });
  const progress = await readProgress();
  if (!progress) throw new Error('nothing was assessed');
  const after = { created_at: NOW.toISOString(), key_id: 'x' };
  const { findings } = assessPage(EMPTY_SUMMARY, [], NOW);
  await savePage(progress, { ...progress, after }, findings);
}

async function scanTables(): Promise<void> {
  const client = new DynamoDBClient();
  const { keysTable, usageTable, auditTable, securityTable } = VARIABLES;
  for (const table of [keysTable, usageTable, auditTable, securityTable]) {
    const pages = paginateScan({ client }, { TableName: requireEnv(table) });
    for await (const { Items = [] } of pages) {
      for (const item of Items) note(table, unmarshall(item));
    }
  }
  client.destroy();
}

function note(table: string, item: Record<string, unknown>): void {
  const where = placeOf(table, String(item.pk));
  const seen = stored.get(where) ?? { fields: new Set(), times: new Set() };
  stored.set(where, seen);
  for (const name of Object.keys(item)) seen.fields.add(withoutValue(name));
  const days = (Number(item.delete_after) * 1000 - NOW.getTime()) / DAY_MS;
  seen.times.add(item.delete_after === undefined ? 'item' : `${days} days`);
}

/** Returns the place of an item, as the table calls it. */
function placeOf(table: string, pk: string): string {
  if (table === VARIABLES.keysTable) return 'Keys';
  if (table === VARIABLES.auditTable) return 'AuditLog';
  const kinds: Record<string, string> = {
    log: 'Usage, report',
    key: 'Usage, month',
    day: 'Usage, day',
    shard: 'Usage, checkpoint',
    snapshot: 'Security, snapshot',
    tally: 'Security, tally',
    ended_key_presented: 'Security, ended key',
  };
  return kinds[pk.split('#')[0] ?? ''] ?? 'Security, list';
}

/** Returns the name of an attribute without the value in it. */
function withoutValue(name: string): string {
  return name
    .replace(/^requests_\d+$/, 'requests_<hour>')
    .replace(/^predictions_\d+$/, 'predictions_<month>')
    .replace(/^from_.+/, 'from_<address>')
    .replace(/^endpoint:.+/, 'endpoint:<name>');
}

test('SECURITY.md classifies every attribute of every kind of item, and no other', () => {
  stored.get('Usage, report')?.fields.add(RESTORED_AT);
  const places = dataRows
    .map(({ where }) => where)
    .filter((where) => /^(Keys|Us|Au|Secu)/.test(where));
  expect(new Set(places)).toEqual(new Set(stored.keys()));
  for (const [where, { fields }] of stored) {
    expect([where, ...classifiedFields(where)]).toEqual([where, ...[...fields].sort()]);
  }
});

test('SECURITY.md says how long items, logs and backups are kept', () => {
  for (const [where, { times }] of stored) {
    expect([where, ...retentionsOf(where)]).toEqual([where, ...times]);
  }
  const { development, test: tests, production } = DEFAULTS;
  const days = [development, tests, production].map(({ logRetentionDays }) => logRetentionDays);
  for (const where of ['Function logs', 'Access log']) {
    expect(retentionsOf(where)).toEqual([`${days.join(', ')} days`]);
  }
  const settings = readFileSync('docs/operations.md', 'utf8');
  const [, backupDays] = /`backup\.days` +\| +`(\d+)`/.exec(settings) ?? [];
  expect(dataSection).toMatch(new RegExp(`\`backup\\.days\`, by default\\s${backupDays}\\)`));
});

test('SECURITY.md classifies the fields of log lines, none with the client’s address', () => {
  const requests = lines.filter(({ message }) => message === 'request');
  const metrics = new Set(['_aws', ...countedIn(requests).flatMap(Object.keys)]);
  const logged = new Set([
    ...requests.flatMap(Object.keys).filter((field) => !metrics.has(field)),
    ...deployedFiles().flatMap(loggedFieldsIn),
    // X-Ray names a trace in a deployment only.
    'xray_trace_id',
  ]);
  const dimensions = new Set(Object.values(DIMENSIONS).flat(2));
  expect(classifiedFields('Metrics')).toEqual([...dimensions].sort());
  const documented = [...classifiedFields('Function logs'), ...dimensions];
  expect([...new Set(documented)].sort()).toEqual([...new Set([...logged, ...dimensions])].sort());
  expect(JSON.stringify(lines)).not.toContain(CLIENT);
});
