import { monthOf } from '../../../lib/domain/time.ts';
import { LIMIT_SETTLE_MS } from '../../../lib/service/cache-options.ts';
import { grouped } from '../../support/grouped.ts';
import {
  type Accepted,
  type Event,
  type History,
  isReport,
  type Report,
  type Validation,
} from '../history.ts';
import { familiesOf, type KeyState, type Timeline } from '../timeline.ts';
import { countedDuring } from './limits.ts';
import { type Rule, timeText } from './rule.ts';

/**
 * Every answer to a validation follows from a state of the key that may have been in force while it
 * was asked: a state that no change had replaced which was confirmed before the question. So no
 * revoked, rotated, suspended or narrowed key is accepted on its old terms, and no valid one refused.
 */
export const decisions: Rule = {
  name: 'an answer follows from the key as it is',
  find: (history, timelines) => {
    const predictions = confirmedPredictions(history, timelines);
    const begun = firstAttempts(history);
    const families = familiesOf(timelines);
    return [...history.events, ...history.last].flatMap((event) => {
      if (event.kind !== 'validate' && !isReport(event)) return [];
      const timeline = timelines.get(event.keyId);
      if (!timeline) return [];
      // A repeat of a report is answered as the first was, when the limit may have had room.
      const since = { ...event, from: begun(event) };
      const states = timeline.during({ ...since, from: since.from - memoryOf(event) });
      const used = predictions(timeline.family, since);
      const counted = () => countedDuring(event, families.get(timeline.family) ?? []);
      const follows = (state: KeyState) =>
        event.kind === 'validate'
          ? explains(state, event, used, counted)
          : mayAnswer(state, event, used);
      return states.some(follows) ? [] : [describe(event, states, used)];
    });
  },
};

const LIMIT_CODES = ['rate_limited', 'monthly_limit_exceeded'];

/**
 * Returns the milliseconds for which an answer may be repeated from memory: processes and clients
 * remember that a limit is reached, and only the confirmation of a new limit waits for that.
 */
function memoryOf(event: Validation | Report): number {
  if (event.kind !== 'validate' || event.result.kind !== 'refused') return 0;
  return LIMIT_CODES.includes(event.result.code) ? LIMIT_SETTLE_MS : 0;
}

/**
 * Returns whether a validation's answer can be that of a key in this state.
 * @param counted returns the accepted requests of its hour
 */
function explains(
  state: KeyState,
  event: Validation,
  predictions: number,
  counted: () => number,
): boolean {
  const { result, isForged, requiredScope } = event;
  if (result.kind === 'open') return true;
  if (result.kind === 'refused') {
    if (isForged) return result.code === 'invalid_key';
    switch (result.code) {
      case 'revoked':
        return isInactive(state) || isPast(state.grace_ends_at, event.to);
      case 'insufficient_scope':
        return requiredScope !== undefined && !state.scopes.includes(requiredScope);
      case 'rate_limited':
        return counted() >= state.rate_limit_per_hour;
      case 'monthly_limit_exceeded':
        return state.monthly_prediction_limit !== null;
      default:
        return false;
    }
  }
  return (
    !isForged &&
    !isInactive(state) &&
    !isPast(state.grace_ends_at, event.from) &&
    (requiredScope === undefined || state.scopes.includes(requiredScope)) &&
    hasSettings(state, result) &&
    (state.monthly_prediction_limit === null || predictions < state.monthly_prediction_limit)
  );
}

/** Returns whether a report's answer can be that of a key in this state. */
function mayAnswer(state: KeyState, event: Report, used: number): boolean {
  const limit = state.monthly_prediction_limit;
  switch (event.result) {
    case 'open':
      return true;
    case 'refused':
      return event.isByKey && (isInactive(state) || state.rotated_to !== null);
    case 'over_limit':
      return limit !== null && event.predictions > 0;
    case 'done': {
      if (event.kind === 'record') return true;
      const isUsable = !isInactive(state) && !isPast(state.grace_ends_at, event.from);
      const fits = limit === null || event.predictions === 0 || used + event.predictions <= limit;
      return (isUsable || !event.isByKey) && fits;
    }
  }
}

function isInactive({ revoked_at, suspended_at }: KeyState): boolean {
  return revoked_at !== null || suspended_at !== null;
}

function isPast(time: string | null, now: number): boolean {
  return time !== null && Date.parse(time) <= now;
}

function hasSettings(state: KeyState, answer: Accepted): boolean {
  return (
    state.scopes.join() === answer.scopes.join() &&
    state.rate_limit_per_hour === answer.rate_limit_per_hour &&
    state.monthly_prediction_limit === answer.monthly_prediction_limit
  );
}

/**
 * Returns a function that sums the predictions of a family's reports, in the month of an event, that
 * were confirmed before it began. A debit does not count its own repeats.
 */
function confirmedPredictions(history: History, timelines: ReadonlyMap<string, Timeline>) {
  const reports = history.events.filter(isReport).filter(({ result }) => result === 'done');
  const confirmed = grouped(reports, ({ keyId }) => timelines.get(keyId)?.family ?? '');
  return (family: string, event: Event): number => {
    const counted = new Map<string, number>();
    for (const report of confirmed.get(family) ?? []) {
      const isBefore = report.to < event.from && month(report.from) === month(event.to);
      if (isBefore) counted.set(report.endpoint, report.predictions);
    }
    if ('endpoint' in event) counted.delete(event.endpoint);
    return [...counted.values()].reduce((sum, count) => sum + count, 0);
  };
}

/** Returns a function that tells when the first request began that sent an event's report. */
function firstAttempts({ events }: History) {
  const first = new Map<string, number>();
  for (const event of events) {
    if (!('endpoint' in event)) continue;
    first.set(event.endpoint, Math.min(event.from, first.get(event.endpoint) ?? Infinity));
  }
  return (event: Event) => ('endpoint' in event && first.get(event.endpoint)) || event.from;
}

const month = (ms: number) => monthOf(new Date(ms));

function describe(event: Validation | Report, states: readonly KeyState[], used: number): string {
  const inForce = states.map(({ version, scopes, ...state }) => {
    const { rate_limit_per_hour, monthly_prediction_limit, suspended_at, revoked_at } = state;
    return JSON.stringify({
      version,
      scopes: scopes.join(),
      limits: [rate_limit_per_hour, monthly_prediction_limit],
      suspended_at,
      revoked_at,
      grace_ends_at: state.grace_ends_at,
    });
  });
  const asked = 'requiredScope' in event ? `scope ${event.requiredScope}` : event.predictions;
  return `${event.kind} of ${event.keyId} (${asked}), ${timeText(event.from)} to ${timeText(event.to)}, was answered ${JSON.stringify(event.result)}; in force: ${inForce.join(' or ')}; predictions ${used}`;
}
