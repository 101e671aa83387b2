import { gzipSync } from 'node:zlib';
import fc from 'fast-check';

/** Returns text as the bytes of its UTF-8, each a character. */
export function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1');
}

const NAMES = ['@key0@', '@id0@', '@admin@', '@auditor@', '@service@'];

/** Bytes that are no UTF-8: a lone byte, an overlong slash, a surrogate, more than U+10FFFF. */
const BROKEN_UTF8 = [
  '\xff',
  '\xc0\xaf',
  '\xe0\x80\xaf',
  '\xed\xa0\x80',
  '\xf4\x90\x80\x80',
  '\xe2',
];

/** Texts that parsers, tables and logs have had trouble with, as bytes. */
export const oddText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    ...NAMES,
    ...BROKEN_UTF8,
    ...['', ' ', '\0', 'a\0b', '\r\nX-Injected: 1', '\ufeff', '\u202e', '\u2028', '\u{1f600}'].map(
      bytesOf,
    ),
    ...['__proto__', 'constructor', 'toString', 'null', 'undefined', 'NaN', '-1', '1e400', '0x10'],
    ...['../../etc/passwd', '..;/', "' OR 1=1--", '{{7*7}}', '<script>', '%s%n', '*'],
    ...[
      'hk_live_',
      `hk_live_${'A'.repeat(32)}`,
      `hk_dev_${'z'.repeat(32)}`,
      `hkt_${'x'.repeat(43)}`,
    ],
    ...['@key0@@key1@', 'x@key0@', '@id0@@id0@', '@key0@\0', '@admin@,@admin@'],
    'x'.repeat(300),
    'x'.repeat(3_000),
    `${'('.repeat(200)}a+`,
  ),
  fc.string({ unit: 'binary', maxLength: 20 }).map(bytesOf),
  fc.string({ unit: 'binary-ascii', maxLength: 20 }),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
);

const nested = (open: string, close: string, depth: number) =>
  open.repeat(depth) + close.repeat(depth);

/** The text of a JSON value that a field rarely has. */
export const oddJson: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    ...['1e400', '-1e400', '-0', '1e-400', '0.1', '-1', '1.5e3', '9007199254740993', '1e21'],
    ...['null', 'true', '""', '[]', '{}', '[null]', '[[]]', '{"__proto__":{"x":1}}', '01', 'NaN'],
    ...['"\\u0000"', '"\\ud800"', '"\\udc00\\ud800"', '"\\u202e"', '"\\ufffe"', '"\\x"'],
    nested('[', ']', 50),
    nested('[', ']', 1_500),
    nested('{"x":', '}', 300).replace(':}', ':1}'),
  ),
  fc.json({ maxDepth: 3 }).map(bytesOf),
  oddText.map((text) => `"${text.replaceAll(/["\\]/g, '\\$&')}"`),
);

/** A body that is no valid object. */
export const oddBody: fc.Arbitrary<string> = fc.oneof(
  fc.json().map(bytesOf),
  oddText,
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  fc.constantFrom(
    ...['{', '{"a":', '[]', '"x"', '{"a":1}{"b":2}', 'null', "{'a':1}", '\ufeff{}', '{}\0'].map(
      bytesOf,
    ),
    ...[4, 32].flatMap((kib) => [1, 0].map((more) => '{}'.padEnd(kib * 1024 + more))),
    '{}'.padEnd(200_000),
    nested('[', ']', 15_000),
    `{${Array.from({ length: 400 }, (_, i) => `"f${i}":1`).join()}}`,
    gzipSync('{"name":"zipped","service_id":"prediction"}').toString('latin1'),
  ),
);
