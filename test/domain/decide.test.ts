import { expect, test } from '@jest/globals';
import { compileAllowlist } from '../../lib/domain/allowlist.ts';
import { decide, type RefusalCode, type ValidationRequest } from '../../lib/domain/decide.ts';
import type { KeyRecord } from '../../lib/domain/record.ts';
import { aRecord, fromNow, NOW } from './fixtures.ts';

type Case = [code: RefusalCode, record: Partial<KeyRecord>, request: Partial<ValidationRequest>];

const asked: ValidationRequest = { client_ip: '203.0.113.7' };

function decideOn(record: Partial<KeyRecord>, request: Partial<ValidationRequest>) {
  const whole = aRecord(record);
  return decide(whole, compileAllowlist(whole.allowed_ips), { ...asked, ...request }, NOW);
}

/** One fault for each refusal, in the order in which they are looked for. */
const faults: Case[] = [
  ['revoked', { revoked_at: fromNow(-1) }, {}],
  ['revoked', { suspended_at: fromNow(1) }, {}],
  ['expired', { expires_at: fromNow(-1) }, {}],
  ['service_mismatch', {}, { service_id: 'website' }],
  ['environment_mismatch', {}, { environment: 'test' }],
  ['insufficient_scope', { scopes: ['read'] }, { required_scope: 'write' }],
  ['ip_not_allowed', { allowed_ips: ['203.0.113.8'] }, {}],
];

test.each(faults)('a key with one fault is refused with %s', (code, record, request) => {
  expect(decideOn(record, request)).toEqual({ kind: 'refused', code });
});

test.each(faults.map(([code], first) => [code, first] as const))(
  '%s takes precedence over every fault that is checked later',
  (code, first) => {
    for (const [, record, request] of faults.slice(first + 1)) {
      const [, own, asking] = faults[first] as Case;
      expect(decideOn({ ...own, ...record }, { ...asking, ...request })).toEqual({
        kind: 'refused',
        code,
      });
    }
    const [records, requests] = [1, 2].map((part) =>
      Object.assign({}, ...faults.slice(first).map((fault) => fault[part as 1 | 2])),
    );
    expect(decideOn(records, requests)).toEqual({ kind: 'refused', code });
  },
);

test.each<[string, Partial<KeyRecord>, Partial<ValidationRequest>]>([
  ['nothing speaks against', {}, {}],
  ['is asked for its own service', {}, { service_id: 'prediction' }],
  ['is asked for its own environment', {}, { environment: 'production' }],
  ['has the scope', { scopes: ['read', 'write'] }, { required_scope: 'write' }],
  ['has no scopes, asked for one', { scopes: [] }, { required_scope: 'write' }],
  ['has scopes, asked for none', { scopes: ['read'] }, {}],
  ['has the address in a range', { allowed_ips: ['10.0.0.1', '203.0.113.0/24'] }, {}],
  ['has an empty allowlist', { allowed_ips: [] }, {}],
  ['is in its grace period', { grace_ends_at: fromNow(1), rotated_to: 'other' }, {}],
  ['expires in a millisecond', { expires_at: fromNow(1) }, {}],
  ['has limits, which only the store can prove', { monthly_prediction_limit: 0 }, {}],
  [
    'all conditions of which are met',
    {
      scopes: ['read'],
      allowed_ips: ['203.0.113.7'],
      expires_at: fromNow(1),
      grace_ends_at: fromNow(1),
    },
    { service_id: 'prediction', environment: 'production', required_scope: 'read' },
  ],
])('a key that %s is accepted', (_, record, request) => {
  expect(decideOn(record, request)).toEqual({ kind: 'allowed' });
});

test.each<[string, ...Case]>([
  ['out of its grace period at exactly now', 'revoked', { grace_ends_at: fromNow(0) }, {}],
  ['that expires at exactly now', 'expired', { expires_at: fromNow(0) }, {}],
  ['asked for a longer service name', 'service_mismatch', {}, { service_id: 'predictions' }],
  ['asked for a service in capitals', 'service_mismatch', {}, { service_id: 'Prediction' }],
  ['asked for an empty service', 'service_mismatch', {}, { service_id: '' }],
  ['asked for an unknown environment', 'environment_mismatch', {}, { environment: 'prod' }],
  ['with a longer scope', 'insufficient_scope', { scopes: ['reads'] }, { required_scope: 'read' }],
  ['with a shorter scope', 'insufficient_scope', { scopes: ['read'] }, { required_scope: 'reads' }],
  ['asked for an empty scope', 'insufficient_scope', { scopes: ['read'] }, { required_scope: '' }],
  ['of IPv6 addresses only', 'ip_not_allowed', { allowed_ips: ['::/0'] }, {}],
  ['asked by no address', 'ip_not_allowed', { allowed_ips: ['0.0.0.0/0'] }, { client_ip: '' }],
])('a key %s is refused', (_, code, record, request) => {
  expect(decideOn(record, request)).toEqual({ kind: 'refused', code });
});
