import type { Downtime, Event } from '../history.ts';
import { type Rule, timeText } from './rule.ts';

/** The statuses with which a request may be answered. */
const STATUSES: Readonly<Record<Event['kind'], readonly number[]>> = {
  create: [201, 503],
  update: [200, 409, 503],
  rotate: [200, 409, 503],
  revoke: [200, 503],
  validate: [200, 401, 429, 503],
  record: [200, 401, 503],
  debit: [200, 401, 402, 503],
  audit: [200, 503],
};

/** Each request is answered with a documented status, unless its process was killed. */
export const answers: Rule = {
  name: 'a request is answered as documented',
  find: ({ events, last, downtimes }) =>
    [...events, ...last].flatMap((event) => {
      const { kind, status, from, to } = event;
      const what = `${kind}, ${timeText(from)} to ${timeText(to)},`;
      if (status === undefined) {
        return downtimes.some((downtime) => overlaps(downtime, event))
          ? []
          : `${what} was not answered by process ${event.process}`;
      }
      return STATUSES[kind].includes(status) ? [] : `${what} was answered with ${status}`;
    }),
};

/** Returns whether the process of a request was down at some time of it. */
function overlaps(downtime: Downtime, { process, from, to }: Event): boolean {
  return downtime.process === process && downtime.from <= to && downtime.to >= from;
}

/** When all faults are over, each key is answered for again. */
export const recovery: Rule = {
  name: 'the service recovers',
  find: ({ last }) =>
    last.flatMap(({ keyId, result }) =>
      result.kind === 'open' ? `key ${keyId} gets no answer when all faults are over` : [],
    ),
};
