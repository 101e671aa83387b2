import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ADMIN_TOKEN } from '../support/client.ts';
import { logLines } from '../support/log-lines.ts';
import { scaled } from '../support/scaled.ts';
import { problem, useService } from '../support/service.ts';

const service = useService();
let key: { api_key: string; key_id: string };
beforeAll(async () => {
  key = await service.create();
});

const notJson = problem(400, 'Bad Request', 'The body is not valid JSON');
const notAnObject = problem(400, 'Bad Request', 'body: must be a JSON object', {
  errors: [{ field: 'body', message: 'must be a JSON object' }],
});
const tooLarge = (kib: number) =>
  problem(413, 'Payload Too Large', `The body is larger than ${kib} KiB`);
const notJsonType = problem(
  415,
  'Unsupported Media Type',
  'The body must be JSON, sent with Content-Type: application/json',
);

describe.each([
  ['POST', '/api/v1/keys', 32],
  ['PATCH', '/api/v1/keys/:id', 32],
  ['DELETE', '/api/v1/keys/:id', 32],
  ['POST', '/api/v1/keys/:id/rotate', 32],
  ['POST', '/api/v1/keys/validate', 4],
  ['POST', '/api/v1/keys/explain', 4],
])('%s %s', (method, path, maxKib) => {
  const send = (body: string, headers: Record<string, string> = {}) =>
    service.call(method, path.replace(':id', key.key_id), { body, headers });

  test.each([
    '{',
    '{"name":}',
    "{'name': 'x'}",
    'name=x',
    '{"a":1}{"b":2}',
    '\ufeff{',
    '{"a":NaN}',
    '\u0000',
  ])('rejects %j, which is not JSON', async (body) => expect(await send(body)).toEqual(notJson));

  test.each(['[]', '"text"', '5', 'true', 'null', `${'['.repeat(40)}${']'.repeat(40)}`])(
    'rejects %s, which is not an object',
    async (body) => expect(await send(body)).toEqual(notAnObject),
  );

  test('rejects an unknown field that is nested 40 levels deep', async () => {
    const body = `${'{"x":'.repeat(40)}1${'}'.repeat(40)}`;
    const { status, body: answer } = await send(body);
    expect(status).toBe(400);
    expect(answer.errors).toContainEqual({ field: 'x', message: 'is not a field of this request' });
  });

  test.each([maxKib * 1024 + 1, 1024 * 1024, 10 * 1024 * 1024, 12 * 1024 * 1024])(
    'rejects a body of %d bytes with 413',
    async (size) => expect(await send('{}'.padEnd(size))).toEqual(tooLarge(maxKib)),
  );

  test('reads a body of the largest size', async () => {
    expect(await send('[]'.padEnd(maxKib * 1024))).toEqual(notAnObject);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'rejects the content type %s',
    async (type) => expect(await send('{}', { 'content-type': type })).toEqual(notJsonType),
  );

  test('responds to no JSON value with a 5xx, and accepts none that has content', async () => {
    const { key_id } = await service.create();
    await fc.assert(
      fc.asyncProperty(fc.json({ maxDepth: 5 }), async (body) => {
        const { status } = await service.call(method, path.replace(':id', key_id), { body });
        expect(saysNothing(body) ? status < 500 : [400, 401].includes(status)).toBe(true);
      }),
      {
        numRuns: scaled(20, 200),
        examples: [['{"constructor":{"prototype":1}}'], ['{"__proto__":5}']],
      },
    );
  });
});

/** Accepted as an empty object, because null is the same as absent. */
function saysNothing(json: string): boolean {
  const value = JSON.parse(json);
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject && Object.values(value).every((field) => field === null);
}

test('lists 20 of many bad fields, and names five in the sentence', async () => {
  const names = Array.from({ length: 300 }, (_, i) => `f${i}`);
  const body = Object.fromEntries(names.map((name) => [name, 1]));
  const answer = await service.call('POST', '/api/v1/keys/validate', { body });
  const message = 'is not a field of this request';
  expect(answer).toEqual(
    problem(
      400,
      'Bad Request',
      `${names
        .slice(0, 5)
        .map((name) => `${name}: ${message}; `)
        .join('')}and 295 more`,
      {
        errors: names.slice(0, 20).map((field) => ({ field, message })),
        more_errors: 280,
      },
    ),
  );
});

// A made-up name may be the admin token in the wrong place, which has no format by which to mask it.
test.each<[string, string, unknown, string[]]>([
  [
    'a field that does not exist',
    '/api/v1/keys',
    { name: 'x', service_id: 'website', made_up: 1 },
    ['(unknown)'],
  ],
  ['a parameter that does not exist', '/api/v1/keys?made_up=1', undefined, ['(unknown)']],
  [
    'the first five fields that exist',
    '/api/v1/keys',
    {
      service_id: 'prediction',
      name: 1,
      scopes: 1,
      x: 1,
      allowed_ips: ['x'],
      use_case: 1,
      billing_plan: 1,
    },
    ['name', 'scopes', 'allowed_ips[0]', 'billing_plan', 'use_case'],
  ],
])('logs of invalid fields the names that are ours: %s', async (_, path, body, fields) => {
  const call = () => service.call(body ? 'POST' : 'GET', path, { body });
  const lines = await logLines(call);
  expect(lines.map((line) => line.fields)).toEqual([fields]);
});

test.each([20, 21])('says how many of %d bad fields it does not list', async (count) => {
  const body = Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, 1]));
  const answer = await service.call('POST', '/api/v1/keys/validate', { body });
  expect(answer.body.errors).toHaveLength(20);
  expect(answer.body.more_errors).toBe(count > 20 ? count - 20 : undefined);
});

test('answers the largest body of unknown fields with a smaller body', async () => {
  const fields = Array.from({ length: 4000 }, (_, i) => `"${i.toString(36)}":0`);
  const body = `{${fields.join()}}`.slice(0, 32 * 1024 - 1).replace(/,[^,]*$/, '}');
  const answer = await service.call('POST', '/api/v1/keys', { body });
  expect(answer.status).toBe(400);
  expect(Number(answer.headers['content-length'])).toBeLessThan(2048);
});

test('masks a key in a wrong field in the answer and the log', async () => {
  const masked = `${key.api_key.slice(0, 11)}***`;
  const body = {
    name: 'a key',
    service_id: 'website',
    [key.api_key]: 1,
    allowed_ips: [key.api_key],
  };
  const answer = await service.call('POST', '/api/v1/keys', { body });
  expect(answer.body.errors).toEqual([
    {
      field: 'allowed_ips[0]',
      message: `"${masked}" is not an IPv4 or IPv6 address or CIDR range`,
    },
    { field: masked, message: 'is not a field of this request' },
  ]);
  await service.call('GET', `/api/v1/keys?${key.api_key}=1`);
  await service.call('GET', `/api/v1/keys/${key.api_key}`);
  await service.call('GET', `/api/v1/${key.api_key}`);
});

test.each<[string, string, Record<string, unknown> | undefined, string]>([
  ['POST', '/api/v1/keys', { name: ADMIN_TOKEN, service_id: 'prediction' }, 'name'],
  ['POST', '/api/v1/keys', { name: 'x', service_id: 'website', scopes: [ADMIN_TOKEN] }, 'scopes'],
  ['PATCH', '/api/v1/keys/:id', { billing_plan: `for ${ADMIN_TOKEN}` }, 'billing_plan'],
  ['DELETE', '/api/v1/keys/:id', { reason: ADMIN_TOKEN }, 'reason'],
  ['GET', `/api/v1/keys?name=${ADMIN_TOKEN}`, undefined, 'name'],
])("refuses the caller's own token in a field of a %s", async (method, path, body, field) => {
  const message = 'must not contain an API key or token';
  expect(await service.call(method, path.replace(':id', key.key_id), { body })).toEqual(
    problem(400, 'Bad Request', `${field}: ${message}`, { errors: [{ field, message }] }),
  );
});

test("masks the caller's own token in the User-Agent of an audit entry", async () => {
  const { key_id } = await service.create();
  const headers = { 'user-agent': `curl ${ADMIN_TOKEN} ${ADMIN_TOKEN}` };
  await service.call('PATCH', `/api/v1/keys/${key_id}`, { body: { name: 'y' }, headers });
  expect((await service.trail(key_id))[0]).toMatchObject({ user_agent: 'curl *** ***' });
});

test.each([
  'application/json; charset=utf-8',
  'APPLICATION/JSON',
  'application/merge-patch+json',
  '',
])('reads a body with the content type "%s"', async (type) => {
  const body = '{"name":"a key","service_id":"prediction"}';
  const headers = { 'content-type': type };
  expect((await service.call('POST', '/api/v1/keys', { body, headers })).status).toBe(201);
});

/** Sends bytes that `fetch` refuses to send, and returns the head and body of the answer. */
async function raw(lines: string[], body = ''): Promise<string> {
  const { hostname, port } = new URL(service.url);
  const socket = connect(Number(port), hostname);
  socket.write(`${[...lines, 'Host: x', 'Connection: close'].join('\r\n')}\r\n\r\n${body}`);
  return text(socket);
}

test('ignores a body on GET', async () => {
  const head = [
    `Authorization: Bearer ${ADMIN_TOKEN}`,
    'Content-Length: 9',
    'Content-Type: text/x',
  ];
  expect(await raw(['GET /api/v1/keys HTTP/1.1', ...head], '{"name":1')).toMatch(/^HTTP\/1.1 200 /);
});

test('rejects repeated credentials, which API Gateway joins to one header', async () => {
  const twice = (header: string) => [header, header];
  const validate = 'POST /api/v1/keys/validate HTTP/1.1';
  expect(await raw([validate, ...twice(`X-API-Key: ${key.api_key}`)])).toMatch(/^HTTP\/1.1 401 /);
  const bearer = `Authorization: Bearer ${key.api_key}`;
  expect(await raw([validate, ...twice(bearer)])).toMatch(/^HTTP\/1.1 401 /);
  const list = 'GET /api/v1/keys HTTP/1.1';
  const admin = `Authorization: Bearer ${ADMIN_TOKEN}`;
  expect(await raw([list, ...twice(admin)])).toMatch(/^HTTP\/1.1 401 /);
});

test.each([
  'GET /api/v1/keys?limit=%ZZ',
  'GET /api/v1/keys/%E0%A4%A',
  'GET //api/v1/keys',
  'GET /%00',
  'GET *',
])('responds with 4xx to %s', async (request) => {
  const answer = await raw([`${request} HTTP/1.1`, `Authorization: Bearer ${ADMIN_TOKEN}`]);
  expect(answer).toMatch(/^HTTP\/1.1 4\d\d /);
});

test('leaves the key unchanged after all this', async () => {
  expect(await service.validate(key.api_key)).toMatchObject({ status: 200 });
  expect(await service.item(key.key_id)).toMatchObject({ version: 1 });
});
