/** A fault of a dependency in one request. */
export const FAULTS = [
  /** Rejects the request with the dependency's error for too many requests. */
  'throttle',
  /** Answers 500 with the dependency's error for a fault of its own. */
  'error',
  /** Closes the connection without executing the request. */
  'reset-before',
  /** Executes the request, then closes the connection. */
  'reset-after',
  /** Executes the request and answers after `SLOW_MS`. */
  'slow',
  /** Never answers, without executing the request. */
  'hang',
  /** Executes the request and never answers. */
  'hang-after',
] as const;
export type Fault = (typeof FAULTS)[number];

export const SLOW_MS = 1000;

interface ErrorAnswer {
  readonly status: number;
  readonly body: string;
}

/** DynamoDB's error for a throttled transaction (API reference, TransactWriteItems, errors). */
const THROTTLED_TRANSACTION: ErrorAnswer = answer(
  400,
  'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
  'Transaction cancelled',
  {
    CancellationReasons: [
      { Code: 'ThrottlingError' },
      {
        Code: 'ConditionalCheckFailed',
        Item: { hash: { S: '$2b$04$of a key, which nobody may log' } },
      },
    ],
  },
);

/** DynamoDB's error for a throttled partition (developer guide, "Error handling"). */
const THROTTLED: ErrorAnswer = answer(
  400,
  'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
  'The level of configured provisioned throughput for the table was exceeded',
);

/**
 * Returns the dependency's own answer to a request that it throttles or fails on.
 * @param target the header `x-amz-target`, which names the dependency and the action
 */
export function errorAnswer(fault: 'throttle' | 'error', target: string): ErrorAnswer {
  if (target.startsWith('secretsmanager')) {
    return fault === 'throttle'
      ? answer(400, 'ThrottlingException', 'Rate exceeded')
      : answer(500, 'InternalServiceError', 'An error occurred on the server side.');
  }
  if (fault === 'throttle') {
    return target.endsWith('.TransactWriteItems') ? THROTTLED_TRANSACTION : THROTTLED;
  }
  const type = 'com.amazonaws.dynamodb.v20120810#InternalServerError';
  return answer(500, type, 'Internal server error');
}

function answer(status: number, __type: string, message: string, more: object = {}): ErrorAnswer {
  return { status, body: JSON.stringify({ __type, message, ...more }) };
}
