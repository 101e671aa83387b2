import { healthy, notReady, ready } from '../../schemas/answers/health.ts';
import type { Operation } from '../operation.ts';

/** The operations for load balancers and operators. */
export const healthOperations = {
  'GET /health': {
    operationId: 'getHealth',
    tag: 'Health',
    summary: 'Health',
    description: 'Says that the function runs, without calling any other service.',
    caller: 'anyone',
    answers: {
      200: {
        description: 'The function runs.',
        schema: healthy,
        examples: { healthy: { summary: 'Healthy', value: { status: 'healthy' } } },
      },
    },
  },
  'GET /ready': {
    operationId: 'getReadiness',
    tag: 'Health',
    summary: 'Readiness',
    description: 'Says whether DynamoDB and Secrets Manager answer a read.',
    caller: 'anyone',
    answers: {
      200: {
        description: 'Both answer.',
        schema: ready,
        examples: {
          ready: {
            summary: 'Ready',
            value: { status: 'ready', checks: { database: true, secrets: true } },
          },
        },
      },
      503: {
        description: 'At least one does not answer.',
        schema: notReady,
        examples: {
          database: {
            summary: 'Without DynamoDB',
            value: { status: 'not ready', checks: { database: false, secrets: true } },
          },
        },
      },
    },
  },
} as const satisfies Record<string, Operation>;
