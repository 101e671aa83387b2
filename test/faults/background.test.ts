import { randomUUID } from 'node:crypto';
import {
  GetSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { handler as assessPosture } from '../../functions/assess-posture.ts';
import type { handler as countUsage } from '../../functions/count-usage.ts';
import type { handler as reportDueKeys } from '../../functions/report-due-keys.ts';
import type { handler as rotateAdminToken } from '../../functions/rotate-admin-token.ts';
import { DAY_MS } from '../../lib/domain/time.ts';
import type { LogEntry } from '../../lib/domain/usage-report.ts';
import { requireEnv, VARIABLES } from '../../lib/environment.ts';
import { captureIssued } from '../support/captured.ts';
import { cleanUp } from '../support/clean-up.ts';
import { FAULTS, type Fault } from '../support/faults.ts';
import { type FaultProxy, isWrite, type ProxiedRequest, startProxy } from '../support/proxy.ts';
import { NOW, useService } from '../support/service.ts';
import { startSns } from '../support/sns.ts';
import { compareTotals, streamRecord } from '../support/usage-log.ts';
import { identityOf } from './strike.ts';

const service = useService();
let sns: Awaited<ReturnType<typeof startSns>>;
let topic: FaultProxy;
let functions: {
  count: typeof countUsage;
  report: typeof reportDueKeys;
  assess: typeof assessPosture;
  rotate: typeof rotateAdminToken;
};
beforeAll(async () => {
  sns = await startSns();
  topic = await startProxy(sns.url);
  process.env.AWS_ENDPOINT_URL_SNS = topic.url;
  process.env.DUE_KEYS_TOPIC = 'arn:aws:sns:us-east-1:000000000000:due';
  cleanUp(() => {
    topic.stop();
    sns.stop();
  });
  functions = {
    count: (await import('../../functions/count-usage.ts')).handler,
    report: (await import('../../functions/report-due-keys.ts')).handler,
    assess: (await import('../../functions/assess-posture.ts')).handler,
    rotate: (await import('../../functions/rotate-admin-token.ts')).handler,
  };
  await service.create();
});

/** Each test has a day of its own, on which the key is due for rotation and nothing is assessed. */
let today = new Date(NOW.getTime() + 100 * DAY_MS);
beforeEach(() => {
  today = new Date(today.getTime() + DAY_MS);
  service.clock.now = today;
  sns.notices.length = 0;
});

/** Makes requests fail the first time that each is sent. */
function failOnce(proxy: FaultProxy, fault: Fault, concerns = (_: ProxiedRequest) => true) {
  const failed = new Set<string>();
  proxy.choose = (request) => {
    const sent = identityOf(request);
    if (failed.has(sent) || !concerns(request)) return undefined;
    failed.add(sent);
    return fault;
  };
}

function recover() {
  for (const proxy of [service.dynamodb, service.secrets, topic]) proxy.choose = undefined;
}

/** Returns a batch of entries of one key, and its delivery to the function, as often as needed. */
function aBatch() {
  const own = { key_id: randomUUID(), service_id: randomUUID() };
  const entries = Array.from({ length: 3 }, (_, i): LogEntry => {
    const measured = { status_code: 200, response_time_ms: 1, predictions_count: 3, compute_ms: 2 };
    const request = { request_id: 'r', charge: 'record' as const, endpoint: '/v1', name: `${i}` };
    return { ...own, ...measured, ...request, at: today.toISOString() };
  });
  const records = entries.map((entry, i) => streamRecord(i + 1, entry));
  const event = { shardId: randomUUID(), Records: records } as never;
  return { entries, deliver: async () => (await functions.count(event)).batchItemFailures };
}

const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;

async function readToken() {
  const client = new SecretsManagerClient();
  const token = await client.send(
    new GetSecretValueCommand({ SecretId: requireEnv(VARIABLES.adminTokenSecret) }),
  );
  client.destroy();
  captureIssued(token.SecretString ?? '');
  return token;
}

/** Starts a rotation as an administrator does. */
async function beginRotation() {
  const secretId = requireEnv(VARIABLES.adminTokenSecret);
  const client = new SecretsManagerClient();
  const { VersionId: version = '' } = await client.send(
    new RotateSecretCommand({ SecretId: secretId }),
  );
  client.destroy();
  return { secretId, version, before: (await readToken()).SecretString };
}

const assess = () =>
  functions.assess({ time: today.toISOString() }, { getRemainingTimeInMillis: () => 900_000 });
const report = () => functions.report({ time: today.toISOString() });

/** Rotates the admin token as Secrets Manager does, and returns what the last step has led to. */
async function rotate({ secretId, version }: { secretId: string; version: string }) {
  for (const Step of STEPS) {
    await functions.rotate({ Step, SecretId: secretId, ClientRequestToken: version });
  }
}

test.each(FAULTS)(
  'background work is done once when each request fails once (%s)',
  async (fault) => {
    const [batch, rotation] = [aBatch(), await beginRotation()];
    // A time-out takes up to 2 s, so only those of writes are tried.
    const isQuick = !/slow|hang/.test(fault);
    const concerns = ({ action }: ProxiedRequest) => isQuick || isWrite(action);
    failOnce(service.dynamodb, fault, concerns);
    failOnce(service.secrets, fault, concerns);
    // The proxy has no throttling error of SNS.
    if (fault !== 'throttle') failOnce(topic, fault);
    const [failures] = await Promise.all([batch.deliver(), assess(), report(), rotate(rotation)]);
    recover();
    expect(failures).toEqual([]);
    await expectDone(batch, rotation);
    // An answer of SNS that was lost makes a second notice.
    expect(sns.notices).toHaveLength(fault.endsWith('after') ? 2 : 1);
  },
  60_000,
);

test('background work that failed is done once by the next call', async () => {
  const [batch, rotation] = [aBatch(), await beginRotation()];
  for (const proxy of [service.dynamodb, service.secrets]) proxy.choose = () => 'error';
  const failed = await Promise.allSettled([batch.deliver(), assess(), report(), rotate(rotation)]);
  recover();
  expect(failed.map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'rejected',
    'rejected',
  ]);
  // Lambda delivers the batch again from there.
  expect(failed[0]).toMatchObject({ value: [{ itemIdentifier: '1' }] });
  expect(sns.notices).toEqual([]);
  const [failures] = await Promise.all([batch.deliver(), assess(), report(), rotate(rotation)]);
  expect(failures).toEqual([]);
  await expectDone(batch, rotation);
  expect(sns.notices).toHaveLength(1);
});

async function expectDone(
  { entries }: ReturnType<typeof aBatch>,
  { version, before }: Awaited<ReturnType<typeof beginRotation>>,
) {
  const { expected, actual } = await compareTotals(entries);
  expect(actual).toEqual(expected);
  const token = await readToken();
  expect(token.VersionId).toBe(version);
  expect(token.SecretString).not.toBe(before);
  const headers = { authorization: `Bearer ${token.SecretString}` };
  const { body } = await service.call('GET', '/api/v1/security/posture', { headers });
  expect(body).toMatchObject({ as_of: today.toISOString(), keys: 1 });
}
