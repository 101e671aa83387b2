import { describe, expect, test } from '@jest/globals';
import { check, RULES } from './check.ts';
import type {
  Accepted,
  Event,
  History,
  Report,
  StoredKey,
  TrailEntry,
  Validation,
} from './history.ts';

const asked = (from: number, status: number | undefined = 200) => ({
  from,
  to: from + 10,
  process: 0,
  status,
});
const settings = (scopes: readonly string[]) => ({
  scopes,
  rate_limit_per_hour: 10,
  monthly_prediction_limit: 5,
});
const RESET_AT = '1970-01-01T01:00:00.000Z';
const accepted = (count: number, scopes: readonly string[]): Accepted => ({
  kind: 'accepted',
  ...settings(scopes),
  count,
  resetAt: RESET_AT,
});
const validation = (from: number, keyId: string, more: Partial<Validation>): Validation => ({
  kind: 'validate',
  ...asked(from),
  keyId,
  requiredScope: undefined,
  isForged: false,
  result: { kind: 'open' },
  ...more,
});
const report = (from: number, kind: Report['kind'], endpoint: string): Report => ({
  kind,
  ...asked(from),
  keyId: 'new',
  endpoint,
  predictions: 3,
  isByKey: true,
  result: 'done',
});

const OLD = ['change-1', 'read', 'write'];
const NARROW = ['change-2', 'read'];
const entry = (version: number, fields: object, reason: string | null = null): TrailEntry => ({
  version,
  changes: Object.entries(fields).map(([field, value]) => ({ field, new: value })),
  reason,
  isSealed: true,
});
const REVOKED_AT = '1970-01-01T00:00:00.205Z';

/** A key is created, narrowed and replaced; its successor is used and reports. */
const events: Event[] = [
  {
    kind: 'create',
    ...asked(0, 201),
    token: 'change-1',
    settings: settings(OLD),
    result: 'done',
    keyId: 'old',
  },
  validation(20, 'old', { requiredScope: 'write', result: accepted(1, OLD) }),
  {
    kind: 'update',
    ...asked(40),
    token: 'change-2',
    keyId: 'old',
    asked: { scopes: NARROW },
    result: 'done',
  },
  validation(60, 'old', { requiredScope: 'read', result: accepted(2, NARROW) }),
  validation(80, 'old', {
    requiredScope: 'write',
    status: 401,
    result: { kind: 'refused', code: 'insufficient_scope' },
  }),
  validation(100, 'old', {
    isForged: true,
    status: 401,
    result: { kind: 'refused', code: 'invalid_key' },
  }),
  {
    kind: 'rotate',
    ...asked(200),
    token: 'change-3',
    keyId: 'old',
    graceMinutes: 0,
    result: 'done',
    successor: 'new',
  },
  validation(220, 'old', { status: 401, result: { kind: 'refused', code: 'revoked' } }),
  validation(240, 'new', { result: accepted(3, NARROW) }),
  {
    kind: 'update',
    ...asked(250, 409),
    token: 'change-4',
    keyId: 'old',
    asked: {},
    result: 'revoked',
  },
  report(260, 'debit', '/change-5'),
  // The same debit again, which is counted once, whatever has been counted since.
  report(280, 'debit', '/change-5'),
  report(860, 'debit', '/change-5'),
  { ...report(300, 'debit', '/change-6'), status: 402, result: 'over_limit' },
  // A record is counted over the limit as well; its answer was lost.
  { ...report(320, 'record', '/change-7'), status: undefined, result: 'open' },
  report(335, 'record', '/change-7'),
  {
    kind: 'update',
    ...asked(340, 503),
    token: 'change-8',
    keyId: 'new',
    asked: { scopes: ['change-8'] },
    result: 'open',
  },
  { kind: 'audit', ...asked(360), keyId: 'new', findings: [] },
];
const keys: StoredKey[] = [
  {
    keyId: 'old',
    item: { ...settings(NARROW), version: 3, rotated_to: 'new', revoked_at: REVOKED_AT },
    trail: [
      entry(1, { ...settings(OLD), name: 'change-1' }),
      entry(2, { scopes: NARROW, name: 'change-2' }),
      entry(3, { rotated_to: 'new', revoked_at: REVOKED_AT }, 'change-3'),
    ],
    findings: [],
    totals: { requests: 0, predictions: 0 },
  },
  {
    keyId: 'new',
    item: {
      ...settings(NARROW),
      version: 1,
      rotated_from: 'old',
      requests_1970010100: 4,
      predictions_197001: 6,
    },
    trail: [entry(1, { ...settings(NARROW), rotated_from: 'old' }, 'change-3')],
    findings: [],
    totals: { requests: 2, predictions: 6 },
  },
];
const history: History = {
  events,
  downtimes: [{ process: 0, from: 325, to: 335 }],
  databaseKills: [],
  keys,
  log: [
    { keyId: 'new', endpoint: '/change-5', predictions: 3 },
    { keyId: 'new', endpoint: '/change-7', predictions: 3 },
  ],
  auditedKeys: ['old', 'old', 'old', 'new'],
  last: [validation(900, 'new', { result: { kind: 'refused', code: 'monthly_limit_exceeded' } })],
};

const and = (...more: Event[]): History => ({ ...history, events: [...events, ...more] });
const without = (index: number, more: Partial<History> = {}): History => ({
  ...history,
  events: events.toSpliced(index, 1),
  ...more,
});
const withKey = (index: number, fields: Partial<StoredKey>): History => ({
  ...history,
  keys: keys.map((key, i) => (i === index ? { ...key, ...fields } : key)),
});
const [oldKey, newKey] = keys as [StoredKey, StoredKey];

test('finds nothing wrong with a right history', () => {
  expect(check(history)).toEqual([]);
});

test('finds nothing wrong when an open change was made after all', () => {
  const scopes = ['change-8'];
  const made = withKey(1, {
    item: { ...newKey.item, scopes, version: 2 },
    trail: [...newKey.trail, entry(2, { scopes, name: 'change-8' })],
  });
  const late = validation(500, 'new', { result: { kind: 'refused', code: 'insufficient_scope' } });
  expect(check(made)).toEqual([]);
  // From then on its new state may be in force, and its old one as well.
  expect(check({ ...made, last: [{ ...late, requiredScope: 'read' }] })).toEqual([]);
  expect(
    check({ ...made, last: [{ ...late, from: 300, to: 310, requiredScope: 'read' }] }),
  ).toEqual([expect.objectContaining({ rule: 'an answer follows from the key as it is' })]);
});

test('finds that a key is accepted after its grace period, not that a lease outlasts an open change', () => {
  const grace_ends_at = '1970-01-01T00:01:00.105Z';
  const [creation] = events as [Event];
  const rotated = (validatedAt: number): History => ({
    ...withoutKeys(),
    events: [
      creation,
      {
        kind: 'update',
        ...asked(40, 503),
        token: 'change-2',
        keyId: 'old',
        asked: { scopes: NARROW },
        result: 'open',
      },
      {
        kind: 'rotate',
        ...asked(100),
        token: 'change-3',
        keyId: 'old',
        graceMinutes: 1,
        result: 'done',
        successor: 'new',
      },
      validation(validatedAt, 'old', { result: accepted(1, OLD) }),
    ],
    keys: [
      {
        ...oldKey,
        item: { ...settings(NARROW), version: 3, rotated_to: 'new', grace_ends_at },
        trail: [
          ...oldKey.trail.slice(0, 2),
          entry(3, { rotated_to: 'new', grace_ends_at }, 'change-3'),
        ],
      },
      { ...newKey, totals: { requests: 0, predictions: 0 } },
    ],
    auditedKeys: ['old', 'old', 'old', 'new'],
  });
  expect(check(rotated(200))).toEqual([]);
  expect(check(rotated(60_200))).toEqual([
    expect.objectContaining({ rule: 'an answer follows from the key as it is' }),
  ]);
});

test('finds nothing wrong with an update that the database has forgotten in a kill', () => {
  expect(check(madeAgain(45))).toEqual([]);
});

const WRONG: Readonly<Record<string, readonly [string, History][]>> = {
  'an answer follows from the key as it is': [
    ['a rotated key', and(validation(220, 'old', { result: accepted(3, NARROW) }))],
    ['the old scopes', and(validation(60, 'old', { result: accepted(3, OLD) }))],
    ['the new scopes too early', and(validation(15, 'old', { result: accepted(3, NARROW) }))],
    [
      'a scope that the key lacks',
      and(validation(60, 'old', { requiredScope: 'write', result: accepted(3, NARROW) })),
    ],
    ['a wrong secret', and(validation(60, 'old', { isForged: true, result: accepted(3, NARROW) }))],
    [
      'a month that is used up',
      and(validation(400, 'new', { result: accepted(4, NARROW) }), {
        ...report(360, 'record', '/change-9'),
      }),
    ],
    [
      'a valid key as revoked',
      and(validation(240, 'new', { result: { kind: 'refused', code: 'revoked' } })),
    ],
    [
      'a right secret as wrong',
      and(validation(240, 'new', { result: { kind: 'refused', code: 'invalid_key' } })),
    ],
    [
      'a key below its limit as over it',
      and(validation(240, 'new', { result: { kind: 'refused', code: 'rate_limited' } })),
    ],
    [
      'a report of a valid key as refused',
      and({ ...report(340, 'record', '/change-9'), result: 'refused' }),
    ],
    [
      'a debit of nothing as over the limit',
      and({ ...report(340, 'debit', '/change-9'), predictions: 0, result: 'over_limit' }),
    ],
    ['a debit over the limit', and(report(400, 'debit', '/change-9'))],
    ['a debit by a revoked key', and({ ...report(400, 'debit', '/change-9'), keyId: 'old' })],
  ],
  'a limit holds in every hour': [
    ['a number given twice', and(validation(65, 'old', { result: accepted(2, NARROW) }))],
    [
      'more than were counted',
      and(
        validation(65, 'old', { result: { ...accepted(1, NARROW), count: undefined } }),
        validation(65, 'old', { result: { ...accepted(1, NARROW), count: undefined } }),
      ),
    ],
    ['more than the limit', withKey(1, { item: { ...newKey.item, requests_1970010100: 11 } })],
    ['one above a limit that was lowered', lowered()],
    [
      'another hour',
      {
        ...and(
          validation(65, 'old', {
            result: { ...accepted(4, NARROW), resetAt: '1970-01-01T02:00:00.000Z' },
          }),
        ),
        keys: [oldKey, { ...newKey, item: { ...newKey.item, requests_1970010101: 5 } }],
      },
    ],
  ],
  'a limit holds in every month': [
    [
      'two debits that fit each alone',
      {
        ...and(report(262, 'debit', '/change-9')),
        log: [...history.log, { keyId: 'new', endpoint: '/change-9', predictions: 3 }],
      },
    ],
  ],
  'a confirmed change is there, an open one wholly or not at all': [
    ['a lost creation', withoutKeys()],
    ['a change by nobody', without(2)],
    [
      'a refused change that was made',
      {
        ...history,
        events: events.map((event) =>
          event.kind === 'update' && event.token === 'change-2'
            ? { ...event, result: 'revoked' }
            : event,
        ),
      },
    ],
    [
      'a lost change',
      and({
        kind: 'update',
        ...asked(100),
        token: 'change-9',
        keyId: 'old',
        asked: {},
        result: 'done',
      }),
    ],
    [
      'a change that was refused for no reason',
      and({
        kind: 'update',
        ...asked(360, 409),
        token: 'change-9',
        keyId: 'new',
        asked: {},
        result: 'revoked',
      }),
    ],
    ['a change that was made again', madeAgain(60)],
    ['half a rotation', { ...history, keys: [oldKey], auditedKeys: ['old'] }],
    [
      'a lost revocation',
      and({ kind: 'revoke', ...asked(900), token: 'change-9', keyId: 'new', result: 'done' }),
    ],
  ],
  'a change is what was asked for': [
    ['a field that was not set', changedTrail(1, { name: 'change-2' })],
    [
      'a field that nobody asked for',
      changedTrail(1, { scopes: NARROW, name: 'change-2', suspended_at: REVOKED_AT }),
    ],
    ['other settings of a new key', changedTrail(0, { ...settings(NARROW), name: 'change-1' })],
    [
      'a grace period that nobody asked for',
      changedTrail(2, { rotated_to: 'new', grace_ends_at: REVOKED_AT }, 'change-3'),
    ],
    ['a rotation that widens', withKey(1, { trail: [entry(1, settings(OLD), 'change-3')] })],
    [
      'a grace period of another length',
      {
        ...changedTrail(
          2,
          { rotated_to: 'new', grace_ends_at: '1970-01-01T00:01:05.000Z' },
          'change-3',
        ),
        events: events.map((event) =>
          event.kind === 'rotate' ? { ...event, graceMinutes: 1 } : event,
        ),
      },
    ],
  ],
  'an audit trail is intact and tells the state of its key': [
    ['an entry without a key', { ...history, auditedKeys: [...history.auditedKeys, 'unknown'] }],
    ['findings at the end', withKey(1, { findings: ['There is no entry of version 1.'] })],
    ['findings on the way', and({ kind: 'audit', ...asked(400), keyId: 'new', findings: ['no'] })],
    ['a state that differs', withKey(1, { item: { ...newKey.item, scopes: OLD } })],
    ['a version that differs', withKey(1, { item: { ...newKey.item, version: 2 } })],
  ],
  'a process that has sealed an entry seals all that follow': [
    ['an entry without a seal', unsealed(1)],
    ['no seal at all', unsealed(0, 1, 2)],
  ],
  'a confirmed report is logged once, an open one at most once': [
    ['a lost report', { ...history, log: history.log.slice(1) }],
    ['a report twice', { ...history, log: [...history.log, ...history.log] }],
    [
      'a refused report',
      {
        ...history,
        log: [...history.log, { keyId: 'new', endpoint: '/change-6', predictions: 3 }],
      },
    ],
    [
      'a report by nobody',
      { ...history, log: [...history.log, { keyId: 'new', endpoint: '/x', predictions: 3 }] },
    ],
    [
      'other content',
      { ...history, log: history.log.map((entry) => ({ ...entry, predictions: 2 })) },
    ],
  ],
  'totals and counters agree with the log': [
    ['too few requests', withKey(1, { totals: { requests: 1, predictions: 6 } })],
    ['too many predictions', withKey(1, { totals: { requests: 2, predictions: 7 } })],
    ['a counter that is too low', withKey(1, { item: { ...newKey.item, predictions_197001: 5 } })],
  ],
  'a request is answered as documented': [
    ['an error', and({ ...validation(400, 'new', {}), status: 500 })],
    ['no answer', { ...history, downtimes: [] }],
    [
      'no answer of another process',
      { ...history, downtimes: [{ process: 1, from: 325, to: 335 }] },
    ],
  ],
  'the service recovers': [
    ['no answer at the end', { ...history, last: [validation(900, 'new', {})] }],
  ],
};

/** The first key with its update again after another, and a kill of the database. */
function madeAgain(killedAt: number): History {
  const rename = { kind: 'update', ...asked(42), keyId: 'old', asked: {}, result: 'done' } as const;
  const [created, updated, rotated] = oldKey.trail as [TrailEntry, TrailEntry, TrailEntry];
  const trail = [
    created,
    updated,
    entry(3, { name: 'change-9' }),
    entry(4, { name: 'change-2' }),
    { ...rotated, version: 5 },
  ];
  const key = { ...oldKey, item: { ...oldKey.item, version: 5 }, trail };
  return {
    ...and({ ...rename, token: 'change-9' }),
    databaseKills: [killedAt],
    keys: [key, newKey],
  };
}

/** The first key with another trail entry, by its place. */
function changedTrail(index: number, fields: object, reason: string | null = null): History {
  const trail = oldKey.trail.with(index, entry(index + 1, fields, reason));
  return withKey(0, { trail });
}

/** The first key without the seals of some trail entries; the second has none. */
function unsealed(...places: number[]): History {
  const isSealed = (i: number) => !places.includes(i);
  const trail = oldKey.trail.map((of, i) => ({ ...of, isSealed: isSealed(i) }));
  const others = newKey.trail.map((of) => ({ ...of, isSealed: false }));
  return {
    ...history,
    keys: [
      { ...oldKey, trail },
      { ...newKey, trail: others },
    ],
  };
}

/** The first key, of which ten requests were accepted before its limit became 10. */
function lowered(): History {
  const limit = { rate_limit_per_hour: 100 };
  const result: Accepted = { ...accepted(0, OLD), ...limit, count: undefined };
  const before = Array.from({ length: 10 }, () => validation(22, 'old', { result }));
  const first = entry(1, { ...settings(OLD), ...limit, name: 'change-1' });
  return {
    ...and(...before),
    keys: [
      { ...oldKey, trail: oldKey.trail.with(0, first) },
      { ...newKey, item: { ...newKey.item, requests_1970010100: 50 } },
    ],
  };
}

function withoutKeys(): History {
  return { ...history, events: events.slice(0, 1), keys: [], log: [], auditedKeys: [], last: [] };
}

test('each rule has wrong histories', () => {
  expect(Object.keys(WRONG)).toEqual(RULES.map(({ name }) => name));
});

describe.each(Object.entries(WRONG))('the rule that %s', (rule, histories) => {
  test.each(histories)('is broken by %s', (_, wrong) => {
    expect(check(wrong).map((violation) => violation.rule)).toContain(rule);
  });
});
