import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Answer } from '../support/client.ts';
import { confirm } from '../support/confirm.ts';
import { type Release, type Releases, startReleases } from '../support/releases.ts';
import { until } from '../support/until.ts';

let releases: Releases;
beforeAll(async () => {
  releases = await startReleases();
}, 30_000);

const WAYS = [
  ['previous', 'current'],
  ['current', 'previous'],
] as const;

/** Runs `work` that many times at once, on the releases in turn. */
function onBoth<T>(count: number, work: (release: Release, i: number) => Promise<T>) {
  const { previous, current } = releases;
  return Promise.all(
    Array.from({ length: count }, (_, i) => work(i % 2 === 0 ? previous : current, i)),
  );
}

const withStatus = (wanted: number, answers: readonly Answer[]) =>
  answers.filter(({ status }) => status === wanted);

/** Expects a reached limit: no call too many, and none too few but those without an answer. */
function expectReached(limit: number, answers: readonly Answer[]): void {
  for (const { status, body } of answers) {
    expect([200, 503, 'rate_limited']).toContain(status === 429 ? body.code : status);
  }
  const accepted = withStatus(200, answers).length;
  expect(accepted).toBeLessThanOrEqual(limit);
  expect(accepted + withStatus(503, answers).length).toBeGreaterThanOrEqual(limit);
}

test('both releases together accept exactly N calls under a limit of N', async () => {
  const { api_key } = await releases.current.create({ rate_limit_per_hour: 30 });
  expectReached(30, await onBoth(80, ({ validate }) => validate(api_key)));
});

const CHANGES = {
  revocation: ['DELETE', '', undefined],
  rotation: ['POST', '/rotate', undefined],
  narrowing: ['PATCH', '', { scopes: ['other'] }],
  suspension: ['PATCH', '', { suspended: true }],
} as const;
type Change = (typeof CHANGES)[keyof typeof CHANGES];

async function make(release: Release, keyId: string, [method, suffix, body]: Change) {
  const status = await confirm(release, method, `/api/v1/keys/${keyId}${suffix}`, body);
  // A 409 confirms nothing.
  if (status === 409) await confirm(release, 'DELETE', `/api/v1/keys/${keyId}`, undefined);
}

/** Uses a key on one release while the other changes it, until a call began after the change. */
async function useDuring(user: Release, changer: Release, change: Change, leased: boolean) {
  const { api_key, key_id } = await user.create({ scopes: ['read'], rate_limit_per_hour: 100_000 });
  const request = { required_scope: 'read', ...(leased && { lease_requests: 3 }) };
  const calls: { startedAt: number; acceptedUntil?: number; leased: boolean }[] = [];
  let confirmedAt = Number.POSITIVE_INFINITY;
  const use = async () => {
    let startedAt: number;
    do {
      startedAt = performance.now();
      const { status, body } = await user.validate(api_key, request);
      expect([200, 401, 503]).toContain(status);
      const acceptedUntil = startedAt + (body.lease?.milliseconds ?? 0);
      calls.push({ startedAt, leased: !!body.lease, ...(status === 200 && { acceptedUntil }) });
    } while (startedAt <= confirmedAt);
  };
  const changeIt = async () => {
    try {
      await until(() => calls.length >= 5);
      await make(changer, key_id, change);
    } finally {
      confirmedAt = performance.now();
    }
  };
  await Promise.all([use(), use(), changeIt()]);
  return { calls, confirmedAt };
}

describe.each(WAYS)('a key that the %s release uses and the %s one changes', (first, second) => {
  const cases = Object.entries(CHANGES).flatMap(([name, change]) => [
    { name: `${name} of a cached key`, change, leased: false },
    { name: `${name} of a leased key`, change, leased: true },
  ]);

  test('is not accepted any more once the change is confirmed, be it cached or leased', async () => {
    const [user, changer] = [releases[first], releases[second]];
    // At the same time, because a change of a leased key waits for 1.5 seconds.
    const runs = cases.map(async ({ name, change, leased }) => {
      const { calls, confirmedAt } = await useDuring(user, changer, change, leased);
      const accepted = calls.filter(({ acceptedUntil }) => acceptedUntil !== undefined);
      const tooLate = accepted.filter(
        ({ startedAt, acceptedUntil = 0 }) =>
          startedAt > confirmedAt || acceptedUntil > confirmedAt,
      );
      return { name, leased: accepted.every((call) => call.leased === leased), tooLate };
    });
    const expected = cases.map(({ name }) => ({ name, leased: true, tooLate: [] }));
    expect(await Promise.all(runs)).toEqual(expected);
  }, 60_000);

  test('takes over its counter after a rotation: N calls are accepted in all', async () => {
    const [user, changer] = [releases[first], releases[second]];
    const old = await user.create({ rate_limit_per_hour: 20 });
    const before = await Promise.all(Array.from({ length: 8 }, () => user.validate(old.api_key)));
    const { status, body } = await changer.call('POST', `/api/v1/keys/${old.key_id}/rotate`, {
      body: { grace_period_minutes: 60 },
    });
    expect(status).toBe(200);
    const keys = [body.api_key, old.api_key];
    const after = await onBoth(40, ({ validate }, i) => validate(keys[(i >> 1) % 2]));
    expectReached(20, [...before, ...after]);
  });

  test('is accepted again by the one as soon as the other has raised its limit', async () => {
    const [user, changer] = [releases[first], releases[second]];
    const { api_key, key_id } = await user.create({ rate_limit_per_hour: 10 });
    for (let i = 0; i < 11; i++) await user.validate(api_key);
    expect((await user.validate(api_key)).status).toBe(429);
    await confirm(changer, 'PATCH', `/api/v1/keys/${key_id}`, { rate_limit_per_hour: 100 });
    expect((await user.validate(api_key)).status).toBe(200);
  });
});

test('debits of both releases together never pass the monthly limit', async () => {
  const limit = 500;
  const { key_id } = await releases.previous.create({ monthly_prediction_limit: limit });
  const sizes = Array.from({ length: 100 }, (_, i) => 1 + ((i * 7) % 20));
  const answers = await onBoth(sizes.length, ({ call }, i) =>
    call('POST', `/api/v1/usage/${key_id}/debit`, {
      body: {
        service_id: 'prediction',
        endpoint: '/debit',
        status_code: 0,
        response_time_ms: 1,
        predictions_count: sizes[i],
      },
    }),
  );
  const sum = (status: number) =>
    answers.reduce(
      (total, answer, i) => total + (answer.status === status ? (sizes[i] ?? 0) : 0),
      0,
    );
  expect(answers.filter(({ status }) => ![200, 402, 503].includes(status))).toEqual([]);
  expect(sum(200)).toBeLessThanOrEqual(limit);
  // A debit is refused only if it exceeded the rest.
  const refused = sizes.filter((_, i) => answers[i]?.status === 402);
  expect(refused.length).toBeGreaterThan(0);
  expect(Math.min(...refused) + sum(200) + sum(503)).toBeGreaterThan(limit);
});

test('the trail of a key that both releases change at once is intact to both', async () => {
  const { key_id } = await releases.previous.create({ name: 'n' });
  const path = `/api/v1/keys/${key_id}`;
  const answers = await onBoth(40, ({ call }, i) =>
    call('PATCH', path, { body: { name: `n${i}` } }),
  );
  const confirmed = withStatus(200, answers).length;
  expect(confirmed + withStatus(503, answers).length).toBe(answers.length);
  await confirm(releases.previous, 'DELETE', path, { reason: 'the end' });
  for (const release of [releases.previous, releases.current]) {
    const { body } = await release.call('GET', `${path}/audit`);
    const { intact, findings, unsealed, version, entries } = body;
    expect({ intact, findings, unsealed }).toEqual({ intact: true, findings: [], unsealed: 0 });
    expect(version).toBe(entries.length);
    expect(entries.length - 2).toBeGreaterThanOrEqual(confirmed);
    expect(entries.filter(({ seal }: { seal: string }) => seal !== 'valid')).toEqual([]);
  }
});
