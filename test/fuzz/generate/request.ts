import { METHODS } from 'node:http';
import fc from 'fast-check';
import { type Operation, operations } from '../../support/contract/document.ts';
import { type ByteChange, type Draft, FRAMINGS } from '../draft.ts';
import { eventChange } from './event.ts';
import { bytesOf, oddBody, oddJson, oddText } from './odd.ts';
import { valuesOf } from './values.ts';

type Header = readonly [name: string, value: string];
type Member = readonly [name: string, json: string];

/** Draws mostly from the first and sometimes, about once in `rarity`, from the second. */
function mostly<T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>, rarity: number): fc.Arbitrary<T> {
  return fc.oneof({ arbitrary: usual, weight: rarity - 1 }, { arbitrary: odd, weight: 1 });
}

const segment = oddText.map((text) =>
  encodeURIComponent(Buffer.from(text, 'latin1').toString()).replaceAll('%40', '@'),
);
const keyId = mostly(
  fc.constantFrom('@id0@', '@id0@', '@id1@', '@id2@'),
  fc.oneof(segment, oddText, fc.uuid(), fc.constantFrom('%ZZ', '%E0%A4%A', '%00', '%2F', '%2e%2e')),
  12,
);

const ACCEPTED: Readonly<Record<string, Header>> = {
  adminToken: ['Authorization', 'Bearer @admin@'],
  auditorToken: ['Authorization', 'Bearer @auditor@'],
  serviceToken: ['Authorization', 'Bearer @service@'],
  key: ['Authorization', 'Bearer @key0@'],
  keyHeader: ['X-API-Key', '@key0@'],
};

const oddCredentials: fc.Arbitrary<readonly Header[]> = fc.oneof(
  fc.constantFrom<readonly Header[]>(
    [],
    ...Object.values(ACCEPTED).map((header) => [header]),
    [['Authorization', 'Bearer @key1@']],
    [['authorization', 'bearer   @admin@  ']],
    [['Authorization', 'Basic QGFkbWluQA==']],
    [['Authorization', '@admin@']],
    [['Authorization', 'Bearer ']],
    [
      ['Authorization', 'Bearer @admin@'],
      ['Authorization', 'Bearer @admin@'],
    ],
    [
      ['Authorization', 'Bearer @admin@'],
      ['X-API-Key', '@key0@'],
    ],
    [
      ['X-API-Key', '@key0@'],
      ['X-API-Key', '@key1@'],
    ],
    [
      ['X-Forwarded-For', '127.0.0.1'],
      ['X-API-Key', '@key0@'],
    ],
    [['Authorization', `Bearer ${'x'.repeat(9_000)}`]],
  ),
  fc
    .tuple(fc.constantFrom('Authorization', 'X-API-Key'), oddText)
    .map(([name, text]): Header[] => [[name, `Bearer ${text}`]]),
);

/** The credentials of a request; most suffice for the operation. */
function credentials({ security }: Pick<Operation, 'security'>): fc.Arbitrary<readonly Header[]> {
  const names = security.flatMap(Object.keys);
  const accepted = Object.entries(ACCEPTED).flatMap(([name, header]) =>
    names.includes(name) ? [header] : [],
  );
  if (accepted.length === 0) return oddCredentials;
  return mostly(
    fc.constantFrom(...accepted).map((header): readonly Header[] => [header]),
    oddCredentials,
    5,
  );
}

/** Headers beside the credentials. */
const extraHeaders: fc.Arbitrary<readonly Header[]> = mostly<readonly Header[]>(
  fc.constant([]),
  fc.array(
    fc.oneof(
      fc.constantFrom<Header>(
        ['Content-Encoding', 'gzip'],
        ['Accept-Encoding', 'gzip;q=x, *;q=0'],
        ['If-None-Match', '*'],
        ['Expect', '100-continue'],
        ['Expect', 'x'],
        ['Upgrade', 'h2c'],
        ['Cookie', 'a=1; __proto__=2; a=3'],
        ['X-HTTP-Method-Override', 'DELETE'],
        ['X-Amzn-Trace-Id', 'Root=1-x;Sampled=1'],
        ['Host', 'other.example'],
        ['X-Long', 'y'.repeat(20_000)],
      ),
      fc.tuple(
        mostly(fc.constantFrom('User-Agent', 'X-Request-Id', '__proto__', 'Origin'), oddText, 4),
        oddText,
      ),
    ),
    { minLength: 1, maxLength: 3 },
  ),
  8,
);

const contentType: fc.Arbitrary<readonly Header[]> = mostly(
  fc.constant<Header[]>([['Content-Type', 'application/json']]),
  fc.oneof(
    fc.constant([]),
    fc
      .constantFrom(
        'text/plain',
        'application/x+json',
        'APPLICATION/JSON;charset=utf-16',
        'multipart/form-data',
        '',
      )
      .map((type): Header[] => [['Content-Type', type]]),
    oddText.map((type): Header[] => [['Content-Type', `application/${type}`]]),
  ),
  12,
);

/** Changes the members of a valid object: replaces, adds, removes and repeats some. */
function changed(members: readonly Member[]): fc.Arbitrary<readonly Member[]> {
  const name = fc.oneof(fc.constantFrom('x', ...members.map(([of]) => of)), oddJsonName);
  return fc
    .tuple(
      fc.shuffledSubarray([...members]),
      fc.array(fc.tuple(name, oddJson), { minLength: 1, maxLength: 3 }),
    )
    .map(([kept, added]) => [...kept, ...added]);
}
const oddJsonName = oddText.map((text) => text.replaceAll(/["\\]/g, ''));

/** Returns a generator of the bodies of an operation; most are valid. */
function bodies({ requestBody }: Operation): fc.Arbitrary<string> {
  if (!requestBody) return mostly(fc.constant(''), oddBody, 15);
  const valid = valuesOf(requestBody.content['application/json'].schema).map((value) =>
    Object.entries(value as object).map(
      ([name, of]): Member => [name, bytesOf(JSON.stringify(of))],
    ),
  );
  const written = (members: readonly Member[]) =>
    `{${members.map(([name, json]) => `"${name}":${json}`).join()}}`;
  return fc.oneof(
    { arbitrary: valid.map(written), weight: 10 },
    { arbitrary: valid.chain(changed).map(written), weight: 3 },
    { arbitrary: oddBody, weight: 1 },
  );
}

/** Returns a generator of the queries of an operation, with their question mark. */
function queries({ parameters = [] }: Operation): fc.Arbitrary<string> {
  const known = parameters.filter((parameter) => parameter.in === 'query');
  const pair = known.map(({ name, schema }) =>
    valuesOf(schema, name).map((value) => [name, value] as const),
  );
  const pairs =
    pair.length === 0
      ? fc.constant([])
      : fc.uniqueArray(fc.oneof(...pair), { maxLength: 3, selector: ([name]) => name });
  const written = (list: readonly (readonly [string, unknown])[]) =>
    list.length === 0 ? '' : `?${list.map(([name, value]) => `${name}=${value}`).join('&')}`;
  const odd = fc.oneof(
    fc.webQueryParameters().map((text) => `?${text}`),
    fc
      .tuple(
        pairs,
        fc.constantFrom('x', 'limit', ...known.map(({ name }) => name)),
        fc.oneof(segment, oddText),
      )
      .map(([list, name, text]) => written([...list, [name, text]])),
    fc.constantFrom(
      '?',
      '??',
      '?&&',
      '?=',
      '?limit',
      '?limit=1&limit=1',
      '?%ZZ',
      '?limit=%FF',
      '?a[]=1',
      '#x',
    ),
  );
  return mostly(pairs.map(written), odd, 5);
}

const byteChange: fc.Arbitrary<ByteChange> = fc.record({
  at: fc.double({ min: 0, max: 0.999, noNaN: true }),
  kind: fc.constantFrom('replace', 'insert', 'remove', 'cut'),
  byte: fc.oneof(fc.nat(255), fc.constantFrom(0, 10, 13, 32, 37, 58)),
});

function requestsOf(operation: Operation): fc.Arbitrary<Draft> {
  const [method = '', path = ''] = operation.key.split(' ');
  const target = fc
    .tuple(keyId, queries(operation))
    .map(([id, query]) => path.replace('{key_id}', id) + query);
  return draft(fc.constant(method), target, credentials(operation), bodies(operation));
}

function draft(
  method: fc.Arbitrary<string>,
  target: fc.Arbitrary<string>,
  caller: fc.Arbitrary<readonly Header[]>,
  body: fc.Arbitrary<string>,
) {
  return fc
    .record({
      method,
      target,
      headers: fc.tuple(caller, contentType, extraHeaders).map((lists) => lists.flat()),
      body,
      framing: mostly(fc.constant('length' as const), fc.constantFrom(...FRAMINGS), 10),
      version: mostly(
        fc.constant('HTTP/1.1'),
        fc.constantFrom('HTTP/1.0', 'HTTP/2.0', 'HTTP/0.9', ''),
        60,
      ),
      changes: mostly<readonly ByteChange[]>(
        fc.constant([]),
        fc.array(byteChange, { minLength: 1, maxLength: 3 }),
        12,
      ),
      // More than the limits of the key that each sequence begins with.
      times: mostly(fc.constant(1), fc.constantFrom(2, 12), 25),
      event: mostly(fc.constant(undefined), eventChange, 5),
    })
    .map((one): Draft => (one.changes.length > 0 ? { ...one, framing: 'length' } : one));
}

/** A request for a path or with a method that no operation has. */
const elsewhere: fc.Arbitrary<Draft> = draft(
  fc.oneof(
    fc.constantFrom('GET', 'POST', 'PUT', 'OPTIONS', 'TRACE', 'get', 'X'),
    fc.constantFrom(...METHODS),
    oddText,
  ),
  fc.oneof(
    fc.webPath(),
    oddText.map((text) => `/${text}`),
    segment.map((text) => `/api/v1/keys/${text}`),
    fc.constantFrom(
      '*',
      '//',
      '/..',
      '/docs',
      '/docs/x',
      '/openapi.json',
      'http://x/health',
      '/health/',
      'x',
      '/%00',
    ),
    fc.constantFrom(
      ...operations.map(({ key }) => key.split(' ')[1]?.replace('{key_id}', '@id0@') ?? ''),
    ),
  ),
  oddCredentials,
  mostly(fc.constant(''), oddBody, 3),
);

/** A request of any kind; most are for an operation of the OpenAPI document. */
export const request: fc.Arbitrary<Draft> = mostly(
  fc.oneof(...operations.map(requestsOf)),
  elsewhere,
  10,
);
