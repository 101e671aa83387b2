import type { RouteFunction } from '../../lib/routes.ts';
import type { Known } from './names.ts';

/** The service that is fuzzed. */
export interface Target {
  readonly port: number;
  readonly tokens: Pick<Known, 'admin' | 'auditor' | 'service'>;
  /** The lines that the service logs. */
  readonly log: RequestLog;
  /** The keys that were acknowledged, by their ids. */
  readonly issued: Map<string, string>;
  /**
   * How many requests may have created a key without an answer: what follows a request was
   * malformed, so that the parser closed the connection.
   */
  unanswered: number;
  /** Returns how the service's process ended, or undefined while it runs. */
  ended(): string | undefined;
  /** Starts the service again if it has ended. */
  revive(): Promise<void>;
  /** Returns the time at which events are received. */
  now(): Date;
  /**
   * Calls a function with an event, and returns its result.
   * @throws what the function throws
   */
  invoke(name: RouteFunction, event: object): Promise<unknown>;
}

/** Collects what the service logs, by request. */
export class RequestLog {
  private readonly byId = new Map<string, string[]>();
  /** Lines that name no request. */
  readonly others: string[] = [];

  add(line: string): void {
    const id = /"request_id":"([^"]*)"/.exec(line)?.[1];
    if (id === undefined) this.others.push(line);
    else this.byId.set(id, [...(this.byId.get(id) ?? []), line]);
  }

  /** Takes the lines of a request. */
  take(id: string): string[] {
    const lines = this.byId.get(id) ?? [];
    this.byId.delete(id);
    return lines;
  }
}
