import fc from 'fast-check';
import type { EventChange } from '../draft.ts';

/** The fields that payload format 2.0 leaves out or has as null when there is nothing in them. */
const OPTIONAL = ['queryStringParameters', 'pathParameters', 'body', 'stageVariables', 'cookies'];

/** Fields that API Gateway always sends. */
const REQUIRED = ['headers', 'requestContext', 'rawPath', 'rawQueryString', 'routeKey', 'version'];

/** What events of payload format 1.0, of an Application Load Balancer and of a schedule have. */
const FOREIGN = [
  {
    version: '1.0',
    httpMethod: 'GET',
    path: '/health',
    multiValueHeaders: { authorization: ['Bearer @admin@'] },
    multiValueQueryStringParameters: { limit: ['1', '2'] },
  },
  { requestContext: { elb: { targetGroupArn: 'x' } }, httpMethod: 'GET', path: '/health' },
  { 'detail-type': 'Scheduled Event', source: 'aws.events', detail: {} },
  { Records: [{ eventSource: 'aws:sqs', body: '{}' }] },
  { headers: { Authorization: 'Bearer @admin@' }, body: { name: 'no text' } },
  { queryStringParameters: { limit: 5, cursor: ['x'] }, pathParameters: { key_id: 7 } },
];

/** An event, of which one in ten is such as API Gateway never sends. */
export const eventChange: fc.Arbitrary<EventChange> = fc.record({
  encoding: fc.constantFrom('base64', 'base64', 'plain', 'bad-base64'),
  nulls: fc.subarray(OPTIONAL),
  cookies: fc.option(fc.array(fc.string(), { maxLength: 3 }), { nil: undefined }),
  impossible: fc.option(
    fc.record({
      without: fc.subarray(REQUIRED, { maxLength: 2 }),
      more: fc.constantFrom<object>({}, ...FOREIGN),
    }),
    { nil: undefined, freq: 9 },
  ),
});
