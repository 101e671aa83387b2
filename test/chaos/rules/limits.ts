import { hourWindow } from '../../../lib/domain/limits.ts';
import { HOUR_MS } from '../../../lib/domain/time.ts';
import { grouped } from '../../support/grouped.ts';
import type { Event, History } from '../history.ts';
import { familiesOf, type Timeline } from '../timeline.ts';
import { type Rule, timeText } from './rule.ts';

/** An accepted validation. */
interface Acceptance {
  readonly from: number;
  readonly to: number;
  readonly family: string;
  readonly resetAt: string;
  readonly count: number | undefined;
  /** The highest limit that it may have been accepted under. */
  readonly limit: number;
}

/**
 * No limit of an hour is passed: accepted requests have different numbers, each is accepted while
 * fewer than its limit were before it, and there are no more of them than the counter says, which
 * never passed the highest limit of the key.
 */
export const limits: Rule = {
  name: 'a limit holds in every hour',
  find: (history, timelines) => {
    const families = familiesOf(timelines);
    const acceptances = acceptedIn(history, timelines, families);
    const hours = grouped(acceptances, ({ family, resetAt }) => `${family} ${resetAt}`);
    const ofOtherHours = acceptances.filter(
      ({ from, to, resetAt }) => resetAt !== hourEnd(from) && resetAt !== hourEnd(to),
    );
    return [
      ...ofOtherHours.map(
        ({ family, from, resetAt }) =>
          `key ${family}: accepted at ${timeText(from)} in the hour until ${resetAt}`,
      ),
      ...[...hours.values()].flatMap((accepted) => {
        const [{ family, resetAt } = { family: '', resetAt: '' }] = accepted;
        const members = families.get(family) ?? [];
        const counted = countedUntil(resetAt, members);
        const limitsOf = ({ states }: Timeline) => states.map((state) => state.rate_limit_per_hour);
        const highest = Math.max(...members.flatMap(limitsOf));
        const numbers = accepted.flatMap(({ count }) => count ?? []);
        const twice = numbers.filter((number, i) => numbers.indexOf(number) !== i);
        const over = accepted.filter(
          ({ from, limit }) => accepted.filter(({ to }) => to < from).length >= limit,
        );
        return [
          accepted.length > counted ? `${accepted.length} were accepted, ${counted} counted` : [],
          counted > highest ? `${counted} were counted of at most ${highest}` : [],
          twice.length > 0 ? `the numbers ${twice.join()} were given twice` : [],
          over.length > 0 ? `${over.length} were accepted above the limit` : [],
        ]
          .flat()
          .map((what) => `key ${family}, hour until ${resetAt}: ${what}`);
      }),
    ];
  },
};

function acceptedIn(
  { events, last }: History,
  timelines: ReadonlyMap<string, Timeline>,
  families: ReadonlyMap<string, readonly Timeline[]>,
): Acceptance[] {
  return [...events, ...last].flatMap((event) => {
    if (event.kind !== 'validate' || event.result.kind !== 'accepted') return [];
    const { from, to } = event;
    const { count, resetAt, rate_limit_per_hour } = event.result;
    const family = timelines.get(event.keyId)?.family ?? '';
    // A lease may end later than a change of the limit begins, by which others are accepted.
    const members = count === undefined ? (families.get(family) ?? []) : [];
    const states = members.flatMap((timeline) => timeline.during(event));
    const limit = Math.max(
      rate_limit_per_hour,
      ...states.map((state) => state.rate_limit_per_hour),
    );
    return [{ from, to, family, resetAt, count, limit }];
  });
}

/** Returns the accepted requests of the hour of an event, as the items of the keys count them. */
export function countedDuring({ from, to }: Event, members: readonly Timeline[]): number {
  return Math.max(countedUntil(hourEnd(from), members), countedUntil(hourEnd(to), members));
}

function countedUntil(resetAt: string, members: readonly Timeline[]): number {
  const { counter } = hourWindow(new Date(Date.parse(resetAt) - 1));
  return Math.max(...members.map(({ key }) => Number(key.item[counter] ?? 0)));
}

/** Returns the end of the hour of a time, in ISO 8601. */
function hourEnd(ms: number): string {
  return new Date((Math.floor(ms / HOUR_MS) + 1) * HOUR_MS).toISOString();
}
