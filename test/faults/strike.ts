import type { Fault } from '../support/faults.ts';
import { isWrite, type ProxiedRequest } from '../support/proxy.ts';
import type { Attempt, Operation, Service } from './operations.ts';

/** The time within which every request is answered. */
export const ANSWERED_MS = 4_000;

/** Which of an attempt's requests to DynamoDB fail. */
export type Scope =
  /** Each the first time that it is sent. */
  | 'once'
  /** All of them. */
  | 'all'
  /** The first write, and all that follows. */
  | 'from-write';

/** An attempt whose requests failed. */
export interface Struck extends Attempt {
  readonly operation: string;
  readonly fault: Fault;
  readonly status: number;
  /** The keys that its requests to DynamoDB were about. */
  readonly keyIds: readonly string[];
  readonly milliseconds: number;
}

interface Strike {
  readonly fault: Fault;
  /** The texts that tell its requests from those of others. */
  readonly marks: Set<string>;
  readonly keyIds: Set<string>;
  fails(request: ProxiedRequest): boolean;
}

/** Makes requests to DynamoDB fail, those of each attempt by a fault of its own, until `recover`. */
export function createStriker(service: Service) {
  const strikes: Strike[] = [];
  let prepared = 0;
  const faultOf = (request: ProxiedRequest): Fault | undefined => {
    const strike = strikes.find(({ marks }) =>
      [...marks].some((mark) => request.input.includes(mark)),
    );
    if (!strike) return undefined;
    for (const [, keyId = ''] of request.input.matchAll(/"key_id":\{"S":"([0-9a-f-]{36})"/g)) {
      strike.keyIds.add(keyId);
      // A key that the attempt creates belongs to it, too.
      strike.marks.add(keyId);
    }
    return strike.fails(request) ? strike.fault : undefined;
  };

  async function send(
    operation: string,
    attempt: Attempt,
    fault: Fault,
    scope: Scope,
  ): Promise<Struck> {
    const keyIds = new Set<string>();
    // The newest first: attempts of the same operation may have the same marks.
    strikes.unshift({ fault, marks: new Set(attempt.marks), keyIds, fails: failing(scope) });
    const began = performance.now();
    const { status } = await attempt.send();
    const milliseconds = performance.now() - began;
    return { ...attempt, operation, fault, status, keyIds: [...keyIds], milliseconds };
  }

  return {
    /** Prepares an attempt of each operation, and begins to send them while their requests fail. */
    async begin(
      operations: Readonly<Record<string, Operation>>,
      fault: Fault,
      scope: Scope,
    ): Promise<{ readonly sent: Promise<Struck[]> }> {
      service.dynamodb.choose = faultOf;
      const attempts: [string, Attempt][] = [];
      for (const [name, prepare] of Object.entries(operations)) {
        const i = ++prepared;
        const day = new Date(Date.UTC(2024, 0, i)).toISOString().slice(0, 10);
        attempts.push([name, await prepare(service, `attempt-${i}-`, day)]);
      }
      return {
        sent: Promise.all(attempts.map(([name, attempt]) => send(name, attempt, fault, scope))),
      };
    },
    /** Ends all faults. */
    recover() {
      strikes.length = 0;
    },
  };
}

/** Returns a text that all attempts of one request have in common. */
export function identityOf({ action, input }: ProxiedRequest): string {
  // The SDK gives each attempt a token of its own if the command has none.
  return `${action} ${input.replace(/"ClientRequestToken":"[^"]*"/, '')}`;
}

function failing(scope: Scope): Strike['fails'] {
  const seen = new Set<string>();
  let hasWritten = false;
  return (request) => {
    const isFirst = !seen.has(identityOf(request));
    seen.add(identityOf(request));
    hasWritten ||= isWrite(request.action);
    return scope === 'all' || (scope === 'once' ? isFirst : hasWritten);
  };
}

/** Returns the outcome of an attempt as docs/faults.md has it. */
export async function outcomeOf({ status, keyIds, effect }: Struck): Promise<string> {
  const isAnswered = status < 300;
  const stored = await effect?.(keyIds, isAnswered);
  if (stored === undefined || stored === (isAnswered ? 'made' : 'none')) return `${status}`;
  return `${status}, ${stored}`;
}
