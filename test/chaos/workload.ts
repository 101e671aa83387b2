import { setTimeout as delay } from 'node:timers/promises';
import { type Auth, createAuth } from '../../client/src/index.ts';
import { withOtherSecret } from '../support/drawing.ts';
import { changed, messagesOf, timed, toResult } from './answers.ts';
import { call } from './client.ts';
import type { Asked, Event, Settings, Validation } from './history.ts';
import { now } from './processes.ts';
import type { Random } from './random.ts';

/** A key that a client knows. */
interface KnownKey {
  readonly keyId: string;
  readonly text: string;
}

type Operation = keyof typeof WEIGHTS;

/** How often each operation is chosen. */
const WEIGHTS = {
  validate: 40,
  'validate with leases': 6,
  create: 5,
  update: 10,
  rotate: 4,
  revoke: 3,
  record: 10,
  debit: 8,
  audit: 6,
} as const;

const KNOWN_KEYS = 40;
/** Some keys are chosen more often, so that clients meet on them: one of so many new keys. */
const FAVOURITES = 4;
const PER_FAVOURITE = 4;
/** The newest of them, of which clients hold leases: they ask for one only if a key is in demand. */
const LEASED = 2;
/** Validations of one operation with leases. */
const IN_A_ROW = 25;
/** Between them, so that others change the key while a client holds a lease. */
const MAX_PAUSE_MS = 40;

const SERVICE = 'prediction';

export interface Workload {
  readonly events: Event[];
  /** Does one operation on one of the processes, which adds one or more events. */
  operate(random: Random, processes: readonly number[]): Promise<void>;
  /** Validates a key as its holder does. */
  validate(process: number, key: KnownKey, scope?: string): Promise<Validation>;
  /** Every key whose text a client knows, the revoked ones included. */
  readonly known: ReadonlyMap<string, KnownKey>;
  /** The validations that were answered from a lease. */
  local(): number;
  stop(): Promise<void>;
}

/** Creates the clients' operations on the processes of the service. */
export function createWorkload(urls: readonly string[], adminToken: string): Workload {
  const events: Event[] = [];
  const known = new Map<string, KnownKey>();
  const current: KnownKey[] = [];
  const favourites: KnownKey[] = [];
  const clients: Auth[] = urls.map((url) => createAuth({ url, serviceId: SERVICE }));
  let tokens = 0;
  const nextToken = () => `change-${++tokens}`;

  function know(body: { key_id: string; api_key: string }): void {
    const key = { keyId: body.key_id, text: body.api_key };
    // The oldest are forgotten, so that the others are asked for more often.
    current.push(key);
    if (current.length > KNOWN_KEYS) current.shift();
    if (known.size % PER_FAVOURITE === 0) favourites.push(key);
    if (favourites.length > FAVOURITES) favourites.shift();
    known.set(key.keyId, key);
  }

  const asAdmin = (process: number, method: string, path: string, body?: object) =>
    timed(process, () => call(`${urls[process]}/api/v1${path}`, method, adminToken, body));

  async function validate(process: number, key: KnownKey, scope?: string, forged?: string) {
    const body = scope === undefined ? undefined : { required_scope: scope };
    const { answer, ...asked } = await timed(process, () =>
      call(`${urls[process]}/api/v1/keys/validate`, 'POST', forged ?? key.text, body),
    );
    const validation: Validation = {
      kind: 'validate',
      ...asked,
      keyId: key.keyId,
      requiredScope: scope,
      isForged: forged !== undefined,
      result: toResult(answer),
    };
    return validation;
  }

  async function change(process: number, keyId: string, token: string, fields: Asked) {
    const body = { name: token, ...fields };
    const { answer, ...times } = await asAdmin(process, 'PATCH', `/keys/${keyId}`, body);
    const result = changed(answer);
    events.push({ kind: 'update', ...times, token, keyId, asked: fields, result });
  }

  async function validateInARow(random: Random, process: number, key: KnownKey) {
    const changeAt = random.below(2 * IN_A_ROW);
    let changing: Promise<void> | undefined;
    for (let i = 0; i < IN_A_ROW; i++) {
      if (i === changeAt) {
        const token = nextToken();
        changing = change(process, key.keyId, token, random.pick(narrowings(token)));
      }
      await delay(random.below(MAX_PAUSE_MS));
      const from = now();
      const validation = await clients[process]
        ?.validate({ key: key.text })
        // The client has asked in vain, perhaps several times.
        .catch(() => undefined);
      const result: Validation['result'] = !validation
        ? { kind: 'open' }
        : validation.valid
          ? {
              kind: 'accepted',
              scopes: validation.scopes,
              rate_limit_per_hour: validation.rateLimitPerHour,
              monthly_prediction_limit: validation.monthlyPredictionLimit,
              count: undefined,
              resetAt: validation.rateLimit.resetAt,
            }
          : { kind: 'refused', code: validation.code };
      events.push({
        kind: 'validate',
        process,
        from,
        to: now(),
        status: validation ? 200 : 503,
        keyId: key.keyId,
        requiredScope: undefined,
        isForged: false,
        result,
      });
    }
    await changing;
  }

  const operations: Record<Operation, (random: Random, process: number, key: KnownKey) => unknown> =
    {
      validate: async (random, process, key) => {
        const forged = random.chance(0.05) ? withOtherSecret(key.text) : undefined;
        events.push(await validate(process, key, scopeFor(random), forged));
      },
      'validate with leases': validateInARow,
      create: async (random, process) => {
        const token = nextToken();
        const settings: Settings = {
          scopes: scopesWith(token, random),
          rate_limit_per_hour: random.pick([10, 100, 100_000, 100_000]),
          monthly_prediction_limit: random.pick([null, null, 20, 200]),
        };
        const body = { name: token, service_id: SERVICE, ...settings };
        const { answer, ...asked } = await asAdmin(process, 'POST', '/keys', body);
        const keyId: string | undefined = answer.body?.key_id;
        if (keyId) know(answer.body);
        const result = keyId ? 'done' : 'open';
        events.push({ kind: 'create', ...asked, token, settings, result, keyId });
      },
      update: async (random, process, { keyId }) => {
        const token = nextToken();
        const fields: Asked = {
          ...(random.chance(0.5) && { scopes: scopesWith(token, random) }),
          ...(random.chance(0.5) && { suspended: random.chance(0.2) }),
          ...(random.chance(0.3) && {
            rate_limit_per_hour: random.pick([10, 50, 100_000, 100_000]),
          }),
          ...(random.chance(0.2) && { monthly_prediction_limit: random.pick([10, 100, 1000]) }),
        };
        await change(process, keyId, token, fields);
      },
      rotate: async (random, process, { keyId }) => {
        const token = nextToken();
        const grace = random.pick([undefined, 0, 1, 60]);
        const body = { reason: token, ...(grace !== undefined && { grace_period_minutes: grace }) };
        const path = `/keys/${keyId}/rotate`;
        const { answer, ...asked } = await asAdmin(process, 'POST', path, body);
        const successor: string | undefined = answer.body?.key_id;
        if (successor) know(answer.body);
        const result = changed(answer);
        const graceMinutes = grace ?? 0;
        events.push({ kind: 'rotate', ...asked, token, keyId, graceMinutes, result, successor });
      },
      revoke: async (_, process, { keyId }) => {
        const token = nextToken();
        const body = { reason: token };
        const { answer, ...asked } = await asAdmin(process, 'DELETE', `/keys/${keyId}`, body);
        const result = answer.status === 200 ? 'done' : 'open';
        events.push({ kind: 'revoke', ...asked, token, keyId, result });
      },
      record: (random, process, key) => report(random, process, key, 'record'),
      debit: (random, process, key) => report(random, process, key, 'debit'),
      audit: async (_, process, { keyId }) => {
        const { answer, ...asked } = await asAdmin(process, 'GET', `/keys/${keyId}/audit`);
        const findings = answer.status === 200 ? messagesOf(answer) : [];
        events.push({ kind: 'audit', ...asked, keyId, findings });
      },
    };

  async function report(random: Random, process: number, key: KnownKey, kind: 'record' | 'debit') {
    const { keyId } = key;
    const endpoint = `/${nextToken()}`;
    const predictions = random.below(6);
    const isRepeated = random.chance(0.7);
    const isByKey = random.chance(0.5);
    const body = {
      service_id: SERVICE,
      endpoint,
      status_code: 200,
      response_time_ms: 1,
      predictions_count: predictions,
      ...(isRepeated && { idempotency_key: endpoint }),
    };
    const path = `/api/v1/usage/${keyId}${kind === 'debit' ? '/debit' : ''}`;
    const send = async (to: number) => {
      const credential = isByKey ? key.text : adminToken;
      const { answer, ...asked } = await timed(to, () =>
        call(`${urls[to]}${path}`, 'POST', credential, body),
      );
      const result = { 200: 'done', 401: 'refused', 402: 'over_limit' } as const;
      events.push({
        kind,
        ...asked,
        keyId,
        endpoint,
        predictions,
        isByKey,
        result: result[answer.status as keyof typeof result] ?? 'open',
      });
    };
    // The same report may be sent again whether it was answered or not, and to both at once.
    if (isRepeated && random.chance(0.3)) {
      await Promise.all([...urls.keys()].map(send));
      return;
    }
    for (let times = isRepeated ? 1 + random.below(3) : 1; times > 0; times--) await send(process);
  }

  return {
    events,
    known,
    validate,
    async operate(random, processes) {
      const operation = current.length > 0 ? random.weighted(WEIGHTS) : 'create';
      const some = random.chance(0.5) ? favourites : current;
      const among = operation === 'validate with leases' ? favourites.slice(-LEASED) : some;
      const key = random.pick(among);
      await operations[operation](random, random.pick(processes), key);
    },
    local: () => clients.reduce((sum, client) => sum + client.stats().local, 0),
    stop: async () => {
      await Promise.all(clients.map((client) => client.close()));
    },
  };
}

/** Returns scopes that tell which change has set them. */
function scopesWith(token: string, random: Random): string[] {
  return [token, ...['read', 'write'].filter(() => random.chance(0.6))];
}

/** Returns changes of a single field, each of which must end the leases of a key. */
function narrowings(token: string): Asked[] {
  return [
    { suspended: true },
    { scopes: [token] },
    { rate_limit_per_hour: 10 },
    { monthly_prediction_limit: 10 },
  ];
}

function scopeFor(random: Random): string | undefined {
  return random.pick([undefined, 'read', 'write']);
}
