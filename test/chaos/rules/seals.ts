import { grouped } from '../../support/grouped.ts';
import type { Change, Creation, Downtime } from '../history.ts';
import type { Rule } from './rule.ts';

/**
 * A process may make an entry without a seal only as long as Secrets Manager has never answered it:
 * after its first entry with a seal, it has the pepper, and seals each change that it is asked for.
 */
export const seals: Rule = {
  name: 'a process that has sealed an entry seals all that follow',
  find: ({ downtimes }, timelines) => {
    const made = [...timelines.values()].flatMap(({ key, makers }) =>
      key.trail.flatMap(({ isSealed, version }, i) => {
        const maker = makers[i];
        return maker ? [{ isSealed, maker, what: `version ${version} of ${key.keyId}` }] : [];
      }),
    );
    const sealed = grouped(
      made.filter(({ isSealed, maker }) => isSealed && maker.result === 'done'),
      ({ maker }) => lifetimeOf(maker, downtimes),
    );
    if (made.length > 0 && sealed.size === 0) return ['no entry has a seal'];
    return made.flatMap(({ isSealed, maker, what }) => {
      const others = sealed.get(lifetimeOf(maker, downtimes)) ?? [];
      const couldSeal = others.some((other) => other.maker.to < maker.from);
      return !isSealed && couldSeal ? [`the entry of ${what} has no seal`] : [];
    });
  },
};

/** Returns a name of the time between two kills of a process in which a request began. */
function lifetimeOf({ process, from }: Creation | Change, downtimes: readonly Downtime[]): string {
  const kills = downtimes.filter((downtime) => downtime.process === process);
  return `${process} ${kills.filter((kill) => kill.from <= from).length}`;
}
