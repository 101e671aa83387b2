import { type AddressRange, requireRange } from './allowlist.ts';

/** The addresses that an allowlist admits. */
export type Breadth =
  /** All IPv4 or all IPv6 addresses, by one range or by several together. */
  { readonly kind: 'open' } | { readonly kind: 'limited'; readonly ipv4Addresses: number };

/** The first and the last address of a range, as numbers. */
type Interval = readonly [first: bigint, last: bigint];

const WIDTHS = { ipv4: 32, ipv6: 128 } as const;

/**
 * Measures an allowlist. Ranges that overlap count once.
 * @param entries at least one
 * @throws Error for an entry that is not an address or CIDR range
 */
export function breadthOf(entries: readonly string[]): Breadth {
  const ranges = entries.map(requireRange);
  const [ipv4, ipv6] = (['ipv4', 'ipv6'] as const).map((kind) =>
    unionSize(ranges.filter(([network]) => network.kind() === kind).map(toInterval)),
  ) as [bigint, bigint];
  const isOpen = ipv4 === 1n << BigInt(WIDTHS.ipv4) || ipv6 === 1n << BigInt(WIDTHS.ipv6);
  return isOpen ? { kind: 'open' } : { kind: 'limited', ipv4Addresses: Number(ipv4) };
}

function toInterval([network, bits]: AddressRange): Interval {
  const hex = network.toByteArray().map((byte) => byte.toString(16).padStart(2, '0'));
  const hostBits = BigInt(WIDTHS[network.kind()] - bits);
  const first = (BigInt(`0x${hex.join('')}`) >> hostBits) << hostBits;
  return [first, first + (1n << hostBits) - 1n];
}

function unionSize(intervals: Interval[]): bigint {
  let size = 0n;
  let counted = -1n;
  for (const [first, last] of intervals.sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (last <= counted) continue;
    size += last - (first > counted ? first - 1n : counted);
    counted = last;
  }
  return size;
}
