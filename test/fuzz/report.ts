import { type Draft, toBytes } from './draft.ts';
import type { Failure } from './search.ts';

/** Counts the outcomes of requests, by operation. */
export class Counts {
  requests = 0;
  private readonly outcomes = new Map<string, Map<string, number>>();

  readonly add = (operation: string, outcome: string): void => {
    this.requests++;
    const counts = this.outcomes.get(operation) ?? new Map<string, number>();
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    this.outcomes.set(operation, counts);
  };

  /** Returns how often an outcome was seen. */
  of(operation: string, outcome: string): number {
    return this.outcomes.get(operation)?.get(outcome) ?? 0;
  }

  /** Returns a line for each operation. */
  lines(): string[] {
    return [...this.outcomes].sort().map(([operation, counts]) => {
      const listed = [...counts].sort().map(([outcome, count]) => `${outcome}: ${count}`);
      return `${operation.padEnd(36)} ${listed.join(', ')}`;
    });
  }
}

/** Describes a failure: what happened, how to see it again, and the requests. */
export function describeFailure({ seed, path, message, requests, isReproduced }: Failure): string {
  return [
    message,
    isReproduced
      ? `Replay: npm run fuzz -- --seed ${seed} --path ${path}`
      : `Seed ${seed}, path ${path}; alone, the sequence did not fail again.`,
    'Requests, after one that creates the key @key0@, whose id is @id0@:',
    ...requests.map((draft, index) => `${index + 1}. ${describeDraft(draft)}`),
  ].join('\n');
}

/** Returns a command that sends the request, once its names in @…@ are replaced. */
function describeDraft(draft: Draft): string {
  const escaped = toBytes(draft)
    .toString('latin1')
    .replaceAll('\\', '\\\\')
    .replaceAll('\r', '\\r')
    .replaceAll('\n', '\\n')
    .replace(/[^ -~]|'/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
  const { event } = draft;
  const sent = `printf '%b' '${escaped}' | nc -q 5 127.0.0.1 3000`;
  return event ? `an event made of: ${sent}\n   with ${JSON.stringify(event)}` : sent;
}
