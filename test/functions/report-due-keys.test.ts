import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { handler } from '../../functions/report-due-keys.ts';
import { DAY_MS } from '../../lib/domain/time.ts';
import { cleanUp } from '../support/clean-up.ts';
import { countedIn, logLines } from '../support/log-lines.ts';
import { NOW, useService } from '../support/service.ts';
import { startSns } from '../support/sns.ts';

const service = useService();
let sns: Awaited<ReturnType<typeof startSns>>;
let report: typeof handler;
beforeAll(async () => {
  sns = await startSns();
  process.env.AWS_ENDPOINT_URL_SNS = sns.url;
  process.env.DUE_KEYS_TOPIC = 'arn:aws:sns:us-east-1:000000000000:alerts';
  report = (await import('../../functions/report-due-keys.ts')).handler;
});
cleanUp(() => sns.stop());
beforeEach(() => {
  sns.notices.length = 0;
  sns.state.refusing = false;
});

const at = (days: number) => new Date(NOW.getTime() + days * DAY_MS);
const run = (days: number) => report({ time: at(days).toISOString() });

test('sends no notice when no key is due, and counts the run', async () => {
  await service.create();
  const lines = await logLines(() => run(89));
  expect(sns.notices).toEqual([]);
  expect(countedIn(lines)).toEqual([{ KeysDueForRotation: 0 }]);
});

test('sends one notice with id, age and name of the due keys, oldest first', async () => {
  service.clock.now = at(-120);
  const tests = await service.create({ name: 'of test', environment: 'test' });
  await service.create({ name: 'of development', environment: 'development' });
  const oldest = await service.create({ name: 'the oldest' });
  service.clock.now = at(-100);
  const odd = await service.create({ name: 'with "quotes"' });
  const rotated = await service.create({ name: 'rotated' });
  const revoked = await service.create({ name: 'revoked' });
  const expired = await service.create({ name: 'expired', expires_in_days: 30 });
  service.clock.now = NOW;
  await service.call('POST', `/api/v1/keys/${rotated.key_id}/rotate`);
  await service.call('DELETE', `/api/v1/keys/${revoked.key_id}`);
  await run(0);
  expect(sns.notices).toEqual([
    {
      Action: 'Publish',
      Version: '2010-03-31',
      TopicArn: 'arn:aws:sns:us-east-1:000000000000:alerts',
      Subject: 'API keys are due for rotation: hokusai-api-keys-local',
      Message: [
        'API keys past their rotation date: 2',
        '',
        `${oldest.key_id}  120 days old  "the oldest"`,
        `${odd.key_id}  100 days old  "with \\"quotes\\""`,
        '',
        'All of them: GET /api/v1/keys?rotation_due=true',
        'To replace one: POST /api/v1/keys/{key_id}/rotate',
      ].join('\n'),
    },
  ]);
  expect(JSON.stringify(sns.notices)).not.toContain(expired.key_id);
  sns.notices.length = 0;
  const { STACK_NAME } = process.env;
  process.env.STACK_NAME = 'long'.repeat(32);
  await run(60);
  process.env.STACK_NAME = STACK_NAME;
  expect(sns.notices[0]?.Subject).toHaveLength(100);
  expect(sns.notices[0]?.Message).toContain(`${tests.key_id}  180 days old  "of test"`);
});

test('fails the run when the notice cannot be sent, so that it is retried and the alarms go off', async () => {
  sns.state.refusing = true;
  const lines = await logLines(() => expect(run(0)).rejects.toThrow());
  expect(countedIn(lines)).toEqual([]);
});
