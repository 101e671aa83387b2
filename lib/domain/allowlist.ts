import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** An address of the network, and the number of leading bits that all its addresses share. */
export type AddressRange = readonly [Address, number];

/** Returns whether an address may use the key. */
export type Allowlist = (address: string) => boolean;

const MAPPED_BITS = 96;

/**
 * Compiles an allowlist, so that its entries are parsed only once. An address stands for itself, a
 * CIDR range (RFC 4632) for its network, host bits or not, and an IPv4-mapped IPv6 address (RFC
 * 4291 section 2.5.5.2) for the IPv4 address in it. IPv4 and IPv6 never match each other.
 * @param entries null or empty: any address
 * @throws Error for an entry that {@link isAllowlistEntry} refuses
 */
export function compileAllowlist(entries: readonly string[] | null): Allowlist {
  if (!entries?.length) return () => true;
  const ranges = entries.map(requireRange);
  return (text) => {
    const address = parseAddress(text);
    return (
      address !== undefined &&
      ranges.some(
        ([network, bits]) => network.kind() === address.kind() && address.match([network, bits]),
      )
    );
  };
}

/** @throws Error for an entry that {@link isAllowlistEntry} refuses */
export function requireRange(entry: string): AddressRange {
  const range = parseRange(entry);
  if (!range) throw new Error(`not an address or CIDR range: ${entry}`);
  return range;
}

/**
 * Returns whether the entry is an IPv4 or IPv6 address or CIDR range in its ordinary form: octal,
 * hexadecimal, shortened and zoned addresses are not.
 */
export function isAllowlistEntry(entry: string): boolean {
  return parseRange(entry) !== undefined;
}

/** Returns whether the text is one IPv4 or IPv6 address in its ordinary form. */
export function isAddress(text: string): boolean {
  return parseStrictly(text) !== undefined;
}

/**
 * Returns an IPv4 or IPv6 address in its canonical form (RFC 5952), and an IPv4-mapped one as IPv4;
 * undefined if the text is no address.
 */
export function canonicalAddress(text: string): string | undefined {
  return parseAddress(text)?.toString();
}

function parseRange(entry: string): AddressRange | undefined {
  const [text = '', prefix, ...more] = entry.split('/');
  const written = parseStrictly(text);
  if (!written || more.length > 0) return undefined;
  const width = written.kind() === 'ipv4' ? 32 : 128;
  if (prefix !== undefined && !/^(0|[1-9]\d{0,2})$/.test(prefix)) return undefined;
  const bits = prefix === undefined ? width : Number(prefix);
  if (bits > width) return undefined;
  const unmapped = unmap(written);
  return unmapped !== written && bits >= MAPPED_BITS
    ? [unmapped, bits - MAPPED_BITS]
    : [written, bits];
}

function parseAddress(text: string): Address | undefined {
  const address = parseStrictly(text);
  return address && unmap(address);
}

/**
 * Refuses addresses such as `1`, `0x7f.1` and `010.0.0.1`, which `ipaddr.js` takes and other
 * parsers read differently. Node's check refuses them.
 */
function parseStrictly(text: string): Address | undefined {
  if (!isIPv4(text) && (!isIPv6(text) || text.includes('%'))) return undefined;
  // `ipaddr.js` reads `::10.0.0.1` as the mapped `::ffff:10.0.0.1`, and `0::10.0.0.1` correctly.
  return ipaddr.parse(text.replace(/^::(?=\d+\.)/, '0::'));
}

function unmap(address: Address): Address {
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()
    ? address.toIPv4Address()
    : address;
}
