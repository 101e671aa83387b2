import { ENVIRONMENTS } from '../../../domain/key.ts';
import { recommendedLimit, USE_CASE_NAMES, USE_CASES } from '../../../domain/use-case.ts';
import { issuedKey, keyInfo, keyList, keyRevoked } from '../../schemas/answers/keys.ts';
import { createBody, revokeBody, rotateBody, updateBody } from '../../schemas/keys.ts';
import { listQuery } from '../../schemas/listing.ts';
import {
  EXAMPLE_KEY,
  EXAMPLE_SUCCESSOR,
  KEY_ID,
  KEY_INFO,
  NEW_KEY,
  SUCCESSOR,
  SUCCESSOR_ID,
} from '../examples.ts';
import { input, type Operation, SERVICE } from '../operation.ts';

const RECOMMENDED = USE_CASE_NAMES.map(
  (name) => `${USE_CASES[name].recommended.toLocaleString('en-US')} (${name})`,
).join(', ');

/** The fields of a creation that an update takes too, where both mean the same. */
const CHANGEABLE = {
  name: 'For people; need not be unique.',
  scopes:
    'What the key may be used for: each of 1 to 100 printable ASCII characters without space, `"` and `\\`. A key without scopes passes every `required_scope`.',
  allowed_ips:
    'IPv4 and IPv6 addresses and CIDR ranges that may use the key; an empty list is any address.',
  rate_limit_per_hour: 'Accepted validations per clock hour (UTC).',
  overage_allowed: 'If true, validations and debits are not refused at the monthly limit.',
  billing_plan: 'Free text, which the service does not interpret.',
  use_case: `What the key is used for. Recommended hourly limits: ${RECOMMENDED}.`,
};
const REASON = 'Kept in the audit entry.';

/** A flag, of which any case is accepted, because Python writes `True`. */
const flag = (description: string) => ({
  description: `${description} Upper or lower case, also \`1\` or \`0\`.`,
  type: ['boolean', 'string'],
  pattern: '^([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|1|0)$',
});

const describesKey = (description: string, value: object) => ({
  description,
  schema: keyInfo,
  examples: { key: { summary: 'A key', value } },
});

/** The operations on keys. */
export const keyOperations = {
  'POST /api/v1/keys': {
    operationId: 'createKey',
    tag: 'Keys',
    summary: 'Create a key',
    description:
      'Issues a key. Only this answer contains the key: the service stores hashes, and nobody can read it again.\n\n' +
      'There is no idempotency: after no answer or a 5xx, list the keys and revoke the newest with this `name` if nobody has received it, then create another. ' +
      'An unknown field is refused, because ignoring a misspelled restriction would create a wider key than intended.',
    caller: 'administrator',
    body: input(
      createBody([SERVICE], ENVIRONMENTS),
      {
        ...CHANGEABLE,
        service_id:
          'The service that the key is for: one of those in the settings of the deployment.',
        environment:
          'The environment that the key is for. The deployment must accept it: send it except in production.',
        allowed_ips: { description: CHANGEABLE.allowed_ips, default: null },
        rate_limit_per_hour: {
          description: `${CHANGEABLE.rate_limit_per_hour} With a \`use_case\`, what that recommends is the default.`,
          default: recommendedLimit(null),
        },
        monthly_prediction_limit: 'Predictions per month (UTC); null is no limit.',
        expires_in_days: 'Days until the key expires; null is never.',
        user_id: 'The owner of the key.',
      },
      {
        minimal: {
          summary: 'The required fields',
          value: { name: 'backend', service_id: 'prediction' },
        },
        restricted: {
          summary: 'A key for one address and a range, with limits',
          value: {
            name: 'backend',
            service_id: 'prediction',
            scopes: ['predict'],
            allowed_ips: ['203.0.113.10', '10.0.0.0/8'],
            monthly_prediction_limit: 500_000,
            expires_in_days: 90,
          },
        },
      },
    ),
    answers: {
      201: {
        description: 'The key was created.',
        schema: issuedKey,
        examples: {
          created: {
            summary: 'A restricted key',
            value: { api_key: EXAMPLE_KEY, key_id: KEY_ID, key_info: NEW_KEY },
          },
        },
      },
    },
  },
  'GET /api/v1/keys': {
    operationId: 'listKeys',
    tag: 'Keys',
    summary: 'List keys',
    description:
      'Returns keys, newest first. A key that was just created or revoked may be missing for a moment.\n\n' +
      'If there are more keys, the header `Link` leads to the next page. A page may be shorter than `limit`, or even empty, ' +
      'and still have a next page: with a filter that few keys match, a page ends after about a second.\n\n' +
      '`finding` and `unused_days` select from the keys that the last daily check of all keys has listed; ' +
      'until the first has completed, they are answered with 409.',
    caller: 'auditor',
    query: input(listQuery, {
      service_id: 'Only keys of this service.',
      environment: 'Only keys of this environment.',
      user_id: 'Only keys of this owner.',
      key_prefix: {
        description:
          'Only keys that begin like this: `hk_live_` and three more characters, with or without `***`.',
        pattern: '^hk_(live|test|dev)_[0-9A-Za-z]{3}([*]{3})?$',
      },
      name: 'Only keys whose name contains this, in upper or lower case.',
      active_only: flag('`true`: only keys that are neither revoked, suspended nor expired.'),
      rotation_due: flag(
        '`true`: only keys in use that are past `rotation_due_at` and were not rotated yet.',
      ),
      finding:
        'Only keys that a check of the security posture has found, and that still have the finding.',
      unused_days: {
        description:
          'Only keys in use that were not used for so many days, or were never used and are as old.',
        type: 'integer',
        minimum: 2,
        maximum: 3650,
      },
      limit: {
        description: 'The size of a page.',
        type: 'integer',
        minimum: 1,
        maximum: 1000,
        default: 1000,
      },
      cursor: 'The position of the page; part of the link to it.',
    }),
    answers: {
      200: {
        description: 'A page of keys.',
        schema: keyList,
        headers: { Link: false },
        examples: { page: { summary: 'One key', value: [KEY_INFO] } },
      },
    },
    problems: ['NoSnapshot'],
  },
  'GET /api/v1/keys/{key_id}': {
    operationId: 'getKey',
    tag: 'Keys',
    summary: 'Retrieve a key',
    description: 'Returns the configuration and the state of a key.',
    caller: 'auditor',
    answers: { 200: describesKey('The key.', KEY_INFO) },
  },
  'PATCH /api/v1/keys/{key_id}': {
    operationId: 'updateKey',
    tag: 'Keys',
    summary: 'Update a key',
    description:
      'Changes the given fields, at least one. The change applies to every validation that starts after the answer.\n\n' +
      'Null does not change a field, so that it cannot widen a key by accident. To lift a restriction, send `"allowed_ips": []`, ' +
      '`"scopes": []` or `"overage_allowed": true`. A monthly limit and an expiry can be changed but not removed. ' +
      'The answer to a change of a limit or of `overage_allowed` is delayed by one second; afterwards no validation uses the old one. ' +
      'The answer to a change of anything but `name` and `use_case` is delayed until every lease of the key has ended.\n\n' +
      'A suspended key can be changed, revoked and rotated; its successor is suspended too.',
    caller: 'administrator',
    body: input(
      updateBody,
      {
        ...CHANGEABLE,
        use_case: 'What the key is used for. A change of it does not change the hourly limit.',
        monthly_prediction_limit: 'Predictions per month (UTC).',
        expires_in_days: 'Days from now until the key expires.',
        suspended: '`true` refuses the key like a revoked one until it is `false` again.',
      },
      {
        scopes: { summary: 'Other scopes', value: { scopes: ['predict'] } },
        open: { summary: 'Any address', value: { allowed_ips: [] } },
        suspend: { summary: 'Refused until it is resumed', value: { suspended: true } },
      },
    ),
    answers: { 200: describesKey('The key as it is now.', KEY_INFO) },
    problems: ['NotChangeable'],
  },
  'POST /api/v1/keys/{key_id}/rotate': {
    operationId: 'rotateKey',
    tag: 'Keys',
    summary: 'Rotate a key',
    description:
      'Replaces a key with a new one of the same configuration, in one atomic write. The new key has another `key_id`, and its expiry starts afresh. ' +
      'The old key is revoked at once, or when the grace period ends.\n\n' +
      'The answer is delayed until no lease accepts the old key on terms that the rotation has ended. ' +
      'Both keys share one hourly and one monthly count. After no answer or a 5xx, retrieve the old key: ' +
      'if it has `rotated_to`, rotate the key that this names, because nobody has received it.',
    caller: 'administrator',
    body: input(
      rotateBody,
      {
        grace_period_minutes: 'How long the old key stays valid; 0 revokes it at once.',
        reason: REASON,
      },
      {
        grace: {
          summary: 'The old key stays valid for an hour',
          value: { grace_period_minutes: 60, reason: 'quarterly rotation' },
        },
      },
    ),
    answers: {
      200: {
        description: 'The key was rotated.',
        schema: issuedKey,
        examples: {
          rotated: {
            summary: 'The successor',
            value: { api_key: EXAMPLE_SUCCESSOR, key_id: SUCCESSOR_ID, key_info: SUCCESSOR },
          },
        },
      },
    },
    problems: ['NotRotatable'],
  },
  'DELETE /api/v1/keys/{key_id}': {
    operationId: 'revokeKey',
    tag: 'Keys',
    summary: 'Revoke a key',
    description:
      'Revokes a key permanently and at once: no validation that starts after the answer accepts it, which comes when every lease of the key has ended. ' +
      'Revoking a key again is no error.\n\n' +
      'In the grace period of a rotation, this revokes only the given key. If both have leaked, revoke both.',
    caller: 'administrator',
    body: input(
      revokeBody,
      { reason: REASON },
      { leaked: { summary: 'With a reason', value: { reason: 'leaked in a log' } } },
    ),
    answers: {
      200: {
        description: 'The key is revoked.',
        schema: keyRevoked,
        examples: {
          revoked: { summary: 'Revoked', value: { message: 'API key revoked successfully' } },
        },
      },
    },
  },
} as const satisfies Record<string, Operation>;
