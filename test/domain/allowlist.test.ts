import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  canonicalAddress,
  compileAllowlist,
  isAllowlistEntry,
} from '../../lib/domain/allowlist.ts';

test.each<[string[], string, boolean]>([
  [['203.0.113.7'], '203.0.113.7', true],
  [['10.0.0.1'], '::10.0.0.1', false],
  [['::10.0.0.1'], '::a00:1', true],
  [['::10.0.0.1'], '10.0.0.1', false],
  [['203.0.113.7'], '203.0.113.8', false],
  [['10.0.0.0/8'], '10.255.255.255', true],
  [['10.0.0.0/8'], '11.0.0.0', false],
  [['203.0.113.10/24'], '203.0.113.255', true],
  [['203.0.113.10/24'], '203.0.114.0', false],
  [['203.0.113.7/32'], '203.0.113.7', true],
  [['203.0.113.7/32'], '203.0.113.6', false],
  [['0.0.0.0/0'], '255.255.255.255', true],
  [['0.0.0.0/0'], '2001:db8::1', false],
  [['2001:db8::1'], '2001:DB8:0:0:0:0:0:1', true],
  [['2001:db8::1'], '2001:db8::2', false],
  [['2001:db8::1/128'], '2001:db8::1', true],
  [['2001:db8::1/128'], '2001:db8::', false],
  [['2001:db8:0:1::5/64'], '2001:db8:0:1:ffff::', true],
  [['2001:db8:0:1::5/64'], '2001:db8:0:2::5', false],
  [['::/0'], 'ffff::', true],
  [['::/0'], '10.0.0.1', false],
  [['::/0'], '::ffff:10.0.0.1', false],
  [['::1'], '127.0.0.1', false],
  [['10.0.0.1'], '::ffff:10.0.0.1', true],
  [['10.0.0.1'], '::FFFF:a00:1', true],
  [['10.0.0.1'], '::a00:1', false],
  [['10.0.0.1'], '::ffff:0:10.0.0.1', false],
  [['10.0.0.1'], '64:ff9b::10.0.0.1', false],
  [['::ffff:10.0.0.1'], '10.0.0.1', true],
  [['::ffff:10.0.0.9/120'], '10.0.0.1', true],
  [['::ffff:10.0.0.9/120'], '10.0.1.1', false],
  [['::ffff:0:0/96'], '10.0.0.1', true],
  [['::ffff:0:0/95'], '10.0.0.1', false],
  [['::ffff:0:0/95'], '::fffe:0:1', true],
  [['192.0.2.1', '10.0.0.0/8', '2001:db8::/32'], '10.1.2.3', true],
  [['192.0.2.1', '10.0.0.0/8', '2001:db8::/32'], '2001:db8::1', true],
  [['192.0.2.1', '10.0.0.0/8', '2001:db8::/32'], '192.0.2.2', false],
])('the allowlist %j contains %s: %p', (entries, address, contained) => {
  expect(entries.every(isAllowlistEntry)).toBe(true);
  expect(compileAllowlist(entries)(address)).toBe(contained);
});

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['::FFFF:cb00:7107', '203.0.113.7'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['fe80::1%eth0', undefined],
  ['010.0.0.1', undefined],
  ['203.0.113.7, 10.0.0.1', undefined],
  ['', undefined],
])('the canonical form of %j is %j', (text, canonical) => {
  expect(canonicalAddress(text)).toBe(canonical);
});

test.each([[null], [[]]])('the allowlist %j contains every address', (entries) => {
  expect(compileAllowlist(entries)('203.0.113.7')).toBe(true);
  expect(compileAllowlist(entries)('2001:db8::1')).toBe(true);
});

const notAddresses = [
  ...['', ' ', '/', 'localhost', 'x', '*', '10.0.0.*', '10.0.0.1-10.0.0.9', '10.0.0.1,10.0.0.2'],
  ...['010.0.0.1', '10.0.0.01', '0x7f.0.0.1', '0x7f000001', '1.2.3', '1', '2130706433', '127.1'],
  ...['256.0.0.1', '1.2.3.4.5', '1.2.3.4.', '.1.2.3.4', '1..2.3', '-1.2.3.4', '1.2.3.4e0'],
  ...[' 1.2.3.4', '1.2.3.4 ', '1.2.3.4\n', '1.2.3.4\0', '1.2.3.4:80', '[1.2.3.4]', '１.2.3.4'],
  ...['fe80::1%eth0', '::ffff:1.2.3.4%1', '[::1]', '[::1]:443', '::1 ', ' ::1', '::1\n', ':::'],
  ...['1::2::3', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '12345::', 'g::', '1.2.3.4::', '::1.2.3'],
  ...['::ffff:010.0.0.1', '::ffff:256.0.0.1', '::ffff:0x7f.0.0.1', ':1:2:3:4:5:6:7'],
];
test.each(notAddresses)('refuses %j both as an entry and as an address', (text) => {
  expect(isAllowlistEntry(text)).toBe(false);
  expect(isAllowlistEntry(`${text}/0`)).toBe(false);
  expect(() => compileAllowlist(['10.0.0.1', text])).toThrow('not an address or CIDR range');
  expect(compileAllowlist(['0.0.0.0/0', '::/0'])(text)).toBe(false);
});

test.each([
  ...['1.2.3.4/33', '1.2.3.4/128', '1.2.3.4/', '1.2.3.4/08', '1.2.3.4/00', '1.2.3.4/-1'],
  ...['1.2.3.4/+8', '1.2.3.4/ 8', '1.2.3.4/8 ', '1.2.3.4/8/8', '1.2.3.4/1e1', '1.2.3.4/0x8'],
  ...['1.2.3.4/8.0', '1.2.3.4/255.0.0.0', '1.2.3.4\\8', '1.2.3.4 /8', '1.2.3.4/٣', '/24', '/'],
  ...['2001:db8::/129', '2001:db8::/1000', '2001:db8::/064', '2001:db8::/', '2001:db8::/-1'],
  ...['2001:db8::/64%1', '2001:db8::/ffff::', '::ffff:1.2.3.4/129', '::ffff:1.2.3.4/-96'],
])('refuses %j as a range', (text) => {
  expect(isAllowlistEntry(text)).toBe(false);
  expect(() => compileAllowlist([text])).toThrow(`not an address or CIDR range: ${text}`);
});

test('a range is refused as an address', () => {
  expect(compileAllowlist(['10.0.0.1/32', '10.0.0.1'])('10.0.0.1/32')).toBe(false);
});

// From here on addresses are 128-bit numbers, an IPv4 address being the one it is mapped to, and
// what the code under test says of their spellings is compared with arithmetic on the numbers.
const isMapped = (n: bigint) => n >> 32n === 0xffffn;

/** Whether the range holds the address: the same leading bits, and both IPv4 or neither. */
function contains(network: bigint, bits: number, address: bigint): boolean {
  const rest = BigInt(128 - bits);
  const rangeIsIPv4 = isMapped(network) && bits >= 96;
  return network >> rest === address >> rest && isMapped(address) === rangeIsIPv4;
}

/** The last `count` digits of a number to the base 2^width. */
const digits = (n: bigint, width: bigint, count: number) =>
  Array.from({ length: count }, (_, i) => (n >> (width * BigInt(count - 1 - i))) % (1n << width));
const groups = (n: bigint) => digits(n, 16n, 8).map((group) => group.toString(16));
const dotted = (n: bigint) => digits(n, 8n, 4).join('.');
const mixed = (n: bigint) => [...groups(n).slice(0, 6), dotted(n)].join(':');
const compress = (text: string) => text.replace(/(^|:)0(:0)+(:|$)/, '::');

const full = (n: bigint) => groups(n).map((group) => group.padStart(4, '0'));
const spelling = fc.constantFrom(
  (n: bigint) => full(n).join(':'),
  (n: bigint) => groups(n).join(':'),
  (n: bigint) => compress(groups(n).join(':')),
  (n: bigint) => compress(groups(n).join(':')).toUpperCase(),
  (n: bigint) => mixed(n),
  (n: bigint) => compress(mixed(n)),
);

const low32 = fc.bigInt({ min: 0n, max: 2n ** 32n - 1n });
const ipv4 = low32.map((n) => (0xffffn << 32n) | n);
const ipv6 = fc
  .array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 })
  .map((parts) => parts.reduce((n, part) => (n << 16n) | BigInt(part), 0n));
const noise = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n });

test.each([
  ['IPv4', ipv4, 96],
  ['IPv4 in ranges beyond it', ipv4, 80],
  ['IPv6', ipv6, 0],
  ['IPv6 that begins with zeros', low32, 64],
])('%s: a range contains the addresses that integer arithmetic says', (_, numbers, least) => {
  const bitCount = fc.integer({ min: least, max: 128 });
  const near = fc.record({ network: numbers, noise, common: bitCount }).map((drawn) => ({
    network: drawn.network,
    address: drawn.network ^ (drawn.noise >> BigInt(drawn.common)),
  }));
  const far = fc.record({ network: numbers, address: fc.oneof(ipv4, ipv6, low32) });
  const pair = fc.oneof({ weight: 9, arbitrary: near }, { weight: 1, arbitrary: far });
  const answers: boolean[] = [];
  fc.assert(
    fc.property(pair, bitCount, spelling, spelling, ({ network, address }, bits, one, other) => {
      const contained = contains(network, bits, address);
      const ranges = [`${one(network)}/${bits}`];
      if (isMapped(network) && bits >= 96) ranges.push(`${dotted(network)}/${bits - 96}`);
      if (bits === 128) ranges.push(one(network));
      const addresses = [other(address)];
      if (isMapped(address)) addresses.push(dotted(address));
      for (const range of ranges) {
        expect(addresses.map(compileAllowlist([range]))).toEqual(addresses.map(() => contained));
      }
      answers.push(contained);
    }),
    { numRuns: 500 },
  );
  // Both answers must occur often, or this would say little.
  const inside = answers.filter(Boolean).length / answers.length;
  expect(inside).toBeGreaterThan(0.1);
  expect(inside).toBeLessThan(0.9);
});
