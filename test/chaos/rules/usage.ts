import { monthWindow } from '../../../lib/domain/limits.ts';
import { grouped } from '../../support/grouped.ts';
import { type History, isReport, type Report } from '../history.ts';
import { familiesOf, type Timeline } from '../timeline.ts';
import type { Rule } from './rule.ts';

/**
 * Each confirmed report is in the log once, each open one once or not at all, and nothing else is.
 * Repeats of a report are one report.
 */
export const usageLog: Rule = {
  name: 'a confirmed report is logged once, an open one at most once',
  find: ({ events, log }) => {
    const sent = grouped(events.filter(isReport), ({ endpoint }) => endpoint);
    const logged = grouped(log, ({ endpoint }) => endpoint);
    const unknown = [...logged.keys()].filter((endpoint) => !sent.has(endpoint));
    return [
      ...unknown.map((endpoint) => `${endpoint} is in the log, and nobody has reported it`),
      ...[...sent].flatMap(([endpoint, reports]) => {
        const [report] = reports as [Report];
        const entries = logged.get(endpoint) ?? [];
        const results = reports.map(({ result }) => result);
        const least = results.includes('done') ? 1 : 0;
        const most = results.some((result) => result === 'done' || result === 'open') ? 1 : 0;
        const isOther = entries.some(
          ({ keyId, predictions }) => keyId !== report.keyId || predictions !== report.predictions,
        );
        const what = `${report.kind} ${endpoint} of ${report.keyId} (${results.join()})`;
        if (entries.length < least || entries.length > most) {
          return `${what} is in the log ${entries.length} times`;
        }
        return isOther ? `${what} is in the log with other content` : [];
      }),
    ];
  },
};

/**
 * The totals of each key are the sums of its log entries, and the counter on which its monthly limit
 * is enforced is not below them.
 */
export const totals: Rule = {
  name: 'totals and counters agree with the log',
  find: ({ keys, log, events }, timelines) => {
    const logged = grouped(log, ({ keyId }) => keyId);
    const sumOf = (keyId: string) =>
      (logged.get(keyId) ?? []).reduce((sum, { predictions }) => sum + predictions, 0);
    const wrongTotals = keys.flatMap(({ keyId, totals: { requests, predictions } }) => {
      const count = logged.get(keyId)?.length ?? 0;
      const isRight = requests === count && predictions === sumOf(keyId);
      return isRight
        ? []
        : `key ${keyId}: the totals are ${requests} requests and ${predictions} predictions, the log has ${count} and ${sumOf(keyId)}`;
    });
    return [...wrongTotals, ...lowCounters(events, timelines, sumOf)];
  },
};

/** Confirmed debits of a month are within the highest limit that the key had, if it always had one. */
export const monthLimits: Rule = {
  name: 'a limit holds in every month',
  find: ({ events, log }, timelines) => {
    if (!onlyMonth(events)) return [];
    const debits = new Set(
      events.flatMap((event) => (event.kind === 'debit' ? event.endpoint : [])),
    );
    const debited = grouped(
      log.filter(({ endpoint }) => debits.has(endpoint)),
      ({ keyId }) => timelines.get(keyId)?.family ?? '',
    );
    const families = familiesOf(timelines);
    return [...debited].flatMap(([family, entries]) => {
      const states = families.get(family)?.flatMap((timeline) => timeline.states) ?? [];
      const highest = Math.max(
        ...states.map((state) => state.monthly_prediction_limit ?? Infinity),
      );
      const sum = entries.reduce((total, { predictions }) => total + predictions, 0);
      return sum > highest ? [`key ${family}: ${sum} were debited of at most ${highest}`] : [];
    });
  },
};

/**
 * Returns the counter of the month of all reports. The log's entries are not told apart by month, so
 * a run over the end of one shows nothing.
 */
function onlyMonth(events: History['events']): string | undefined {
  const times = events.filter(isReport).flatMap(({ from, to }) => [from, to]);
  const [month, ...others] = new Set(times.map((ms) => monthWindow(new Date(ms)).counter));
  return others.length === 0 ? month : undefined;
}

function lowCounters(
  events: History['events'],
  timelines: ReadonlyMap<string, Timeline>,
  sumOf: (keyId: string) => number,
): string[] {
  const month = onlyMonth(events);
  if (!month) return [];
  return [...familiesOf(timelines)].flatMap(([family, members]) => {
    const counter = Math.max(...members.map(({ key }) => Number(key.item[month] ?? 0)));
    const sum = members.reduce((total, { key }) => total + sumOf(key.keyId), 0);
    return counter >= sum
      ? []
      : `key ${family}: the month's counter is ${counter}, the log has ${sum}`;
  });
}
