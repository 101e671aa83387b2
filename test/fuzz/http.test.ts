import { expect, test } from '@jest/globals';
import { parseAnswer } from './http.ts';

const parse = (text: string, hasBody = true, isClosed = false) => {
  const answer = parseAnswer(Buffer.from(text), hasBody, isClosed);
  return answer && { ...answer, body: answer.body.toString() };
};

test.each([
  ['a head that is incomplete', 'HTTP/1.1 200 OK\r\nX: 1\r\n'],
  ['a body that is incomplete', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab'],
  ['a body without a length', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
  ['an interim answer alone', 'HTTP/1.1 100 Continue\r\n\r\n'],
])('waits for the rest of %s', (_, text) => {
  expect(parse(text)).toBeUndefined();
});

test('reads the first answer that is not an interim one', () => {
  const text =
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: b: c\r\n\r\nabHTTP/1.1 400';
  expect(parse(text)).toEqual({
    status: 200,
    headers: { 'content-length': '2', 'x-a': 'b: c' },
    body: 'ab',
  });
});

test('reads an answer to HEAD, and one that ends with its connection', () => {
  expect(parse('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n', false)).toMatchObject({ body: '' });
  expect(parse('HTTP/1.1 400 Bad Request\r\n\r\n', true, true)).toMatchObject({ body: '' });
});
