import { hourWindow } from '../../../lib/domain/limits.ts';
import { grouped } from '../../support/grouped.ts';
import type { History, StoredKey } from '../history.ts';
import type { Timeline } from '../timeline.ts';
import type { Rule } from './rule.ts';

/**
 * No limit of an hour is passed: accepted requests have different numbers, none above the limit, and
 * there are no more of them than the counter says, which never passed the highest limit of the key.
 */
export const limits: Rule = {
  name: 'a limit holds in every hour',
  find: (history, timelines) => {
    const hours = grouped(acceptedIn(history, timelines), ({ hour }) => hour);
    return [...hours.values()].flatMap((accepted) => {
      const [{ family, resetAt } = { family: '', resetAt: '' }] = accepted;
      const members = [...timelines.values()].filter((timeline) => timeline.family === family);
      const counted = Math.max(...members.map(({ key }) => counterOf(key, resetAt)));
      const limitsOf = ({ states }: Timeline) => states.map((state) => state.rate_limit_per_hour);
      const highest = Math.max(...members.flatMap(limitsOf));
      const numbers = accepted.flatMap(({ count }) => count ?? []);
      const twice = numbers.filter((number, i) => numbers.indexOf(number) !== i);
      const over = accepted.filter(({ count = 0, limit }) => count > limit);
      return [
        accepted.length > counted ? `${accepted.length} were accepted, ${counted} counted` : [],
        counted > highest ? `${counted} were counted of at most ${highest}` : [],
        twice.length > 0 ? `the numbers ${twice.join()} were given twice` : [],
        over.length > 0 ? `${over.length} were accepted above the limit` : [],
      ]
        .flat()
        .map((what) => `key ${family}, hour until ${resetAt}: ${what}`);
    });
  },
};

function acceptedIn({ events, last }: History, timelines: ReadonlyMap<string, Timeline>) {
  return [...events, ...last].flatMap((event) => {
    if (event.kind !== 'validate' || event.result.kind !== 'accepted') return [];
    const { count, resetAt, rate_limit_per_hour: limit } = event.result;
    const family = timelines.get(event.keyId)?.family ?? '';
    return [{ hour: `${family} ${resetAt}`, family, resetAt, count, limit }];
  });
}

/** Returns the accepted requests of the hour that ends then, as the key's item has counted them. */
function counterOf({ item }: StoredKey, resetAt: string): number {
  return Number(item[hourWindow(new Date(Date.parse(resetAt) - 1)).counter] ?? 0);
}
