import type { History } from '../history.ts';
import type { Timeline } from '../timeline.ts';

/** What a run must show, however many faults it met. */
export interface Rule {
  readonly name: string;
  /** Returns a sentence for each event or item that breaks the rule. */
  readonly find: (history: History, timelines: ReadonlyMap<string, Timeline>) => string[];
}

/** Returns the time of an event as text for a sentence. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString().slice(11, 23);
}
