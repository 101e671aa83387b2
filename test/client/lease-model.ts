import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Answer } from '../../client/src/ask.ts';
import { Combination } from '../../client/src/combination.ts';
import { AuthUnavailable } from '../../client/src/errors.ts';
import type { Validation } from '../../client/src/types.ts';
import { decide } from '../../lib/domain/decide.ts';
import { leaseMilliseconds } from '../../lib/domain/lease.ts';
import { hourWindow } from '../../lib/domain/limits.ts';
import type { KeyRecord } from '../../lib/domain/record.ts';
import { LIMIT_CACHE_MS, LIMIT_SETTLE_MS } from '../../lib/service/cache-options.ts';
import { aRecord } from '../domain/fixtures.ts';

const LEASE_MS = 1500;
const TIMEOUT_MS = 5000;
const HOUR_END = Date.parse('2026-11-23T19:00:00.000Z');
const REQUEST = { key: 'hk_live_of_the_model' };

/** The rules of the protocol that a run can break, to show that the properties notice. */
export type Rule =
  | 'the client measures from before it asked'
  | 'the client also obeys its wall clock'
  | 'a change waits for leases'
  | 'a change reads the mark after its write'
  | 'the write checks the version'
  | 'all requests of a lease are counted'
  | 'a lease ends with the hour and the key'
  | 'a change of a limit waits for the memory of it';

/** What happens to one request on its way to a server and back, in milliseconds. */
export interface Passage {
  /** Until the server receives it. */
  readonly out: number;
  /** Until the server's conditional write. */
  readonly work: number;
  /** Until the client has the answer. */
  readonly back: number;
  readonly server: number;
  /** Whether the server grants no lease. */
  readonly declines: boolean;
  readonly fate:
    | 'arrives'
    | 'is lost'
    | 'its answer is lost'
    | 'is carried out twice'
    | 'is sent again';
}

export interface Change {
  readonly at: number;
  readonly kind: 'revoke' | 'narrow' | 'limit' | 'expire' | 'reach the month';
  /** Until its write, until the answer to it, and until the read of the mark. */
  readonly delays: readonly [number, number, number];
  readonly limit: number;
}

/** A time in which a client's process stands still. */
export interface Pause {
  readonly client: number;
  readonly at: number;
  readonly ms: number;
  /** Whether its machine is suspended, which stops the monotonic clock as well. */
  readonly suspends: boolean;
}

export interface Scenario {
  /** Milliseconds of the first server's clock until the hour ends. */
  readonly beforeHour: number;
  readonly limit: number;
  /** The wall clocks of clients and servers, in milliseconds from the true time. */
  readonly clientClocks: readonly number[];
  readonly serverClocks: readonly number[];
  readonly validations: readonly { readonly client: number; readonly at: number }[];
  readonly changes: readonly Change[];
  readonly pauses: readonly Pause[];
  readonly passages: readonly Passage[];
}

/** A decision of a server: the order of writes it belongs to, and its terms. */
interface Decision {
  readonly order: number;
  /** The version of the record that it was made on. */
  readonly version: number;
  readonly code: string;
  readonly limit: number;
  readonly window: string;
  /** When the request that led to it was sent. */
  readonly sentAt: number;
  /** The end of the hour and of the key by the true time, as the server's clock tells it. */
  readonly endsAt: number;
}

export interface Given {
  readonly decision: Decision;
  readonly startedAt: number;
  readonly givenAt: number;
}

export interface Confirmed {
  readonly order: number;
  readonly version: number;
  readonly kind: Change['kind'];
  readonly at: number;
}

export interface History {
  readonly given: readonly Given[];
  readonly confirmed: readonly Confirmed[];
  readonly unanswered: number;
}

/** Runs the client's own code against a model of the service, in virtual time. */
export async function play(scenario: Scenario, broken?: Rule): Promise<History> {
  const holds = (rule: Rule) => rule !== broken;
  const events: { at: number; client?: number; run: () => void }[] = [];
  let now = 0;
  const after = (ms: number, run: () => void, client?: number) => {
    const event = { at: now + ms, run, ...(client !== undefined && { client }) };
    const index = events.findLastIndex(({ at }) => at <= event.at);
    events.splice(index + 1, 0, event);
  };

  // The item of the key, and the memories of the servers.
  let order = 0;
  let record: KeyRecord = aRecord({ rate_limit_per_hour: scenario.limit });
  let isMarked = false;
  let isMonthReached = false;
  const counters = new Map<string, number>();
  const records = new Map<number, KeyRecord>();
  const reached = new Map<number, { decision: Decision; until: number }>();

  const decisions = new Map<Validation, Decision>();
  const refusal = (decision: Decision, retryAfter?: number): Answer => {
    const status = retryAfter === undefined ? 401 : 429;
    const validation = { valid: false, status, retryAfter, ...decision } as unknown as Validation;
    decisions.set(validation, decision);
    return { validation };
  };

  /** The conditional write of a server that received the request at `receivedAt`. */
  function write(passage: Passage, receivedAt: number, sentAt: number, wanted?: number): Answer {
    const { server, declines } = passage;
    // A server decides again on the current record if the version in its cache is refused.
    const cache = holds('the write checks the version') ? undefined : records.get(server);
    const terms = cache ?? record;
    records.set(server, terms);
    const skew = scenario.serverClocks[server] ?? 0;
    const clock = new Date(HOUR_END - scenario.beforeHour + receivedAt + skew);
    const trueTime = (serverTime: number) => serverTime - clock.getTime() + receivedAt;
    const { counter, endsAt } = hourWindow(clock);
    const expires = terms.expires_at === null ? Infinity : Date.parse(terms.expires_at);
    const { rate_limit_per_hour: limit } = terms;
    order += 1;
    const decision = (code: string): Decision => ({
      order,
      version: terms.version,
      code,
      limit,
      window: counter,
      sentAt,
      endsAt: trueTime(Math.min(endsAt.getTime(), expires)),
    });
    const retryAfter = Math.ceil((endsAt.getTime() - clock.getTime()) / 1000);
    const cached = reached.get(server);
    if (cached && clock.getTime() < cached.until) return refusal(cached.decision, retryAfter);
    const request = { required_scope: 'a', client_ip: '192.0.2.1' };
    const decided = decide(terms, () => true, request, clock);
    if (decided.kind === 'refused') return refusal(decision(decided.code));
    const left = limit - (counters.get(counter) ?? 0);
    if (left <= 0 || isMonthReached) {
      const limited = decision('limited');
      reached.set(server, { decision: limited, until: clock.getTime() + LIMIT_CACHE_MS });
      return refusal(limited, retryAfter);
    }
    const requests = Math.min(wanted ?? 1, left);
    const counted = holds('all requests of a lease are counted') ? requests : 1;
    counters.set(counter, (counters.get(counter) ?? 0) + counted);
    const valid = { valid: true, order } as unknown as Validation;
    decisions.set(valid, decision('valid'));
    if (wanted === undefined) return { validation: valid };
    if (declines) return { validation: valid, lease: null };
    isMarked = true;
    const milliseconds = holds('a lease ends with the hour and the key')
      ? (leaseMilliseconds(terms, LEASE_MS, clock) ?? 0)
      : LEASE_MS;
    return { validation: valid, lease: { requests, milliseconds } };
  }

  let passages = 0;
  const ask = (client: number) => (_: object, wanted?: number) =>
    new Promise<Answer>((resolve, reject) => {
      const sentAt = now;
      const settle = (ms: number, run: () => void) => after(ms, run, client);
      const send = (attempt: number) => {
        const passage = scenario.passages[passages++ % scenario.passages.length] as Passage;
        const { out, work, back, fate } = passage;
        const fail = () => settle(out + back, () => reject(new AuthUnavailable('no answer')));
        if (fate === 'is lost') return fail();
        after(out, () => {
          const receivedAt = now;
          after(work, () => {
            const answer = write(passage, receivedAt, sentAt, wanted);
            if (fate === 'is carried out twice')
              after(out, () => write(passage, receivedAt, sentAt, wanted));
            if (fate === 'its answer is lost') return fail();
            // The connection broke: the client sends the request once more.
            if (fate === 'is sent again' && attempt === 1) return settle(back, () => send(2));
            settle(back, () => resolve(measuredBy(answer, sentAt)));
          });
        });
      };
      send(1);
    });
  const measuredBy = (answer: Answer, sentAt: number): Answer => {
    if (!answer.lease || holds('the client measures from before it asked')) return answer;
    const { requests, milliseconds } = answer.lease;
    return { ...answer, lease: { requests, milliseconds: milliseconds + now - sentAt } };
  };

  const suspended = scenario.clientClocks.map(() => 0);
  const monotonic = (client: number) => now - (suspended[client] ?? 0);
  const combinations = scenario.clientClocks.map(
    (skew, client) =>
      new Combination(
        ask(client),
        {
          now: () => monotonic(client),
          wallClock: () =>
            skew + (holds('the client also obeys its wall clock') ? now : monotonic(client)),
        },
        TIMEOUT_MS,
        () => 0.5,
      ),
  );
  const given: Given[] = [];
  let unanswered = scenario.validations.length;
  const validate = async (client: number) => {
    const combination = combinations[client] as Combination;
    const startedAt = now;
    const result =
      combination.answerAtOnce(REQUEST)?.validation ?? (await combination.wait(REQUEST));
    unanswered -= 1;
    const decision = result instanceof AuthUnavailable ? undefined : decisions.get(result);
    if (decision) given.push({ decision, startedAt, givenAt: now });
  };

  const confirmed: Confirmed[] = [];
  const change = ({ kind, delays: [toWrite, toAnswer, toRead], limit }: Change) => {
    const markBefore = isMarked;
    after(toWrite, () => {
      order += 1;
      const written = order;
      const clock = HOUR_END - scenario.beforeHour + now;
      const fields: Record<Change['kind'], Partial<KeyRecord>> = {
        revoke: { revoked_at: new Date(clock).toISOString() },
        narrow: { scopes: ['b'] },
        limit: { rate_limit_per_hour: limit },
        expire: { expires_at: new Date(clock + 10 * limit).toISOString() },
        'reach the month': {},
      };
      record = { ...record, ...fields[kind], version: record.version + 1 };
      const { version } = record;
      isMonthReached ||= kind === 'reach the month';
      after(toAnswer, () => {
        const writtenAt = now;
        after(toRead, () => {
          const mark = holds('a change reads the mark after its write') ? isMarked : markBefore;
          const waitsForLease = mark && holds('a change waits for leases');
          const settled = Math.max(
            waitsForLease ? LEASE_MS : 0,
            kind === 'limit' && holds('a change of a limit waits for the memory of it')
              ? LIMIT_SETTLE_MS
              : 0,
          );
          after(Math.max(0, writtenAt + settled - now), () =>
            confirmed.push({ order: written, version, kind, at: now }),
          );
        });
      });
    });
  };

  const pausedUntil = scenario.clientClocks.map(() => 0);
  for (const { client, at, ms, suspends } of scenario.pauses) {
    after(at, () => {
      pausedUntil[client] = Math.max(pausedUntil[client] ?? 0, now + ms);
      if (suspends) suspended[client] = (suspended[client] ?? 0) + ms;
    });
  }
  for (const { client, at } of scenario.validations) after(at, () => validate(client), client);
  for (const one of scenario.changes) after(one.at, () => change(one));

  for (let event = events.shift(); event; event = events.shift()) {
    now = event.at;
    const until = event.client === undefined ? 0 : (pausedUntil[event.client] ?? 0);
    if (until > now) {
      after(until - now, event.run, event.client);
      continue;
    }
    event.run();
    await nextTurn();
  }
  return { given, confirmed, unanswered };
}
