import { expect, test } from '@jest/globals';
import { clientAddress } from '../../../client/src/middleware/client-address.ts';

const SOCKET = '10.0.0.9';

test.each<[string, number, string | undefined, string]>([
  ['the socket without proxies', 0, undefined, SOCKET],
  ['the socket without proxies, whatever the header says', 0, '203.0.113.7', SOCKET],
  ['the last entry with one proxy', 1, '203.0.113.7', '203.0.113.7'],
  ['the last entry, not the ones forged before it', 1, '1.1.1.1, 203.0.113.7', '203.0.113.7'],
  ['the last but one entry with two proxies', 2, '1.1.1.1, 203.0.113.7, 10.0.0.1', '203.0.113.7'],
  ['nothing, if the header is missing', 1, undefined, ''],
  ['nothing, if the header is empty', 1, '', ''],
  ['nothing, if a proxy was bypassed', 2, '203.0.113.7', ''],
  ['nothing, if the entry is empty', 2, '203.0.113.7,,10.0.0.1', ''],
  ['nothing, if the entry is no address', 1, '203.0.113.7, unknown', ''],
  ['nothing, if the entry is a shortened address', 1, '127.1', ''],
  ['nothing, if the entry has a zone', 1, `fe80::1%${'0'.repeat(5000)}`, ''],
  ['an entry between spaces', 2, ' 1.1.1.1 ,\t203.0.113.7 , 10.0.0.1 ', '203.0.113.7'],
  ['an IPv4 address without its port', 1, '203.0.113.7:567', '203.0.113.7'],
  ['an IPv6 address', 1, '2001:db8::1', '2001:db8::1'],
  ['an IPv6 address without its brackets', 1, '[2001:db8::1]', '2001:db8::1'],
  ['an IPv6 address without its port', 1, '[::1]:80', '::1'],
  ['the IPv4 address in a mapped one', 1, '::ffff:203.0.113.7', '203.0.113.7'],
  ['the IPv4 address in a mapped one with a port', 1, '[::FFFF:203.0.113.7]:80', '203.0.113.7'],
])('takes %s', (_, trustedProxies, forwardedFor, expected) => {
  expect(clientAddress(forwardedFor, SOCKET, trustedProxies)).toBe(expected);
});

test.each<[string, string | undefined, number, string]>([
  ['the IPv4 address of a socket that accepts both', '::ffff:127.0.0.1', 0, '127.0.0.1'],
  ['nothing of a Unix domain socket', undefined, 0, ''],
  ['what a proxy at a Unix domain socket appended', undefined, 1, '203.0.113.7'],
])('takes %s', (_, socketAddress, trustedProxies, expected) => {
  expect(clientAddress('203.0.113.7', socketAddress, trustedProxies)).toBe(expected);
});
