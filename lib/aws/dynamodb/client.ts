import {
  type $Command,
  type CancellationReason,
  DynamoDBClient,
  type DynamoDBClientResolvedConfig,
  type ServiceInputTypes,
  type ServiceOutputTypes,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import { Unavailable } from '../../domain/unavailable.ts';
import { abandonSignal, deadlineSignal } from '../../runtime/deadline.ts';
import { toUnavailable } from '../errors.ts';
import { DEFAULT_RETRY, isRefusal, isRetried, pause, type RetryPolicy } from './retry.ts';

const CONFIG = {
  // Commands without a signal share a middleware stack; making each its own takes 10 % of the time.
  cacheMiddleware: true,
  requestHandler: {
    connectionTimeout: 1000,
    requestTimeout: 2000,
    throwOnRequestTimeout: true,
    // Plain HTTP is the one-machine run, where one process has the requests of many Lambdas.
    httpAgent: { keepAlive: true, maxSockets: 500 },
  },
} as const;

/**
 * Refused connections are retried at once; of requests that hang, only two fit into the deadline.
 */
const client = createClient(3);
let clientOfOneAttempt: DynamoDBClient | undefined;

export interface SendOptions {
  readonly retry?: RetryPolicy;
  /** Aborts the command. By default the request's deadline ends the attempts, and then the last. */
  readonly abortSignal?: AbortSignal | undefined;
}

/**
 * Sends one command to DynamoDB, and again where the {@link RetryPolicy} says so.
 * @throws Unavailable when DynamoDB gave no answer, or none in time
 */
export async function dynamodb<I extends ServiceInputTypes, O extends ServiceOutputTypes>(
  command: $Command<I, O, DynamoDBClientResolvedConfig, ServiceInputTypes, ServiceOutputTypes>,
  { retry = DEFAULT_RETRY, abortSignal: own }: SendOptions = {},
): Promise<O> {
  const stopSignal = own ?? deadlineSignal();
  const abortSignal = own ?? abandonSignal();
  const sender = retry.repeats === 'sdk-and-conflicts' ? client : oneAttempt();
  // An attempt that the SDK repeated by itself may have been carried out.
  let refused = sender !== client;
  for (let attempt = 1; ; attempt++) {
    if (stopSignal?.aborted) throw new Unavailable('out of time', { refused });
    try {
      return await (abortSignal ? sender.send(command, { abortSignal }) : sender.send(command));
    } catch (error) {
      refused &&= isRefusal(error);
      if (!isRetried(error, retry)) throw toUnavailable(error, refused);
      if (attempt >= retry.attempts || stopSignal?.aborted) {
        // Without its cause, which may hold the items that were read, and a key's verifiers in
        // them.
        throw new Unavailable(`no result: ${String(error)}`, { refused });
      }
      await pause(attempt, retry);
    }
  }
}

function createClient(maxAttempts: number): DynamoDBClient {
  const created = new DynamoDBClient({ ...CONFIG, maxAttempts });
  // It copies each input and output for a log, also where there is none: 7 % of a command's time.
  created.middlewareStack.remove('loggerMiddleware');
  return created;
}

/**
 * Returns the client that never retries; created on first use, because most functions need none.
 */
function oneAttempt(): DynamoDBClient {
  clientOfOneAttempt ??= createClient(1);
  return clientOfOneAttempt;
}

/**
 * Returns the cancellation reasons, one per item, of a transaction that failed by a condition.
 * @throws the error itself if it is any other
 */
export function failedConditions(error: unknown): CancellationReason[] {
  const reasons = error instanceof TransactionCanceledException ? error.CancellationReasons : [];
  if (reasons?.some(({ Code }) => Code === 'ConditionalCheckFailed')) return reasons;
  throw error;
}
