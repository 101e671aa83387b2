/** The addresses that a key was used from, each with the time of its last use. */
export type AddressTimes = Readonly<Record<string, string>>;

export interface AddressUse {
  readonly address: string;
  readonly last_used_at: string;
}

/** Keeps a key's item within the kilobyte of a write unit, also with IPv6 addresses. */
const MAX_ADDRESSES = 5;
/** Many processes may add addresses at the same time, and an update expression has 4 KB. */
const MAX_DROPPED = 20;

/** Returns the last five addresses, newest first. */
export function latestAddresses(times: AddressTimes): AddressUse[] {
  return newestFirst(times).slice(0, MAX_ADDRESSES);
}

/** Returns the oldest addresses that need not be kept once `address` is used, at most 20 of them. */
export function droppedAddresses(times: AddressTimes, address: string): string[] {
  const others = newestFirst(times).filter((use) => use.address !== address);
  const dropped = others.slice(MAX_ADDRESSES - 1).slice(-MAX_DROPPED);
  return dropped.map((use) => use.address);
}

function newestFirst(times: AddressTimes): AddressUse[] {
  const uses = Object.entries(times).map(([address, last_used_at]) => ({ address, last_used_at }));
  return uses.sort((a, b) => (placeOf(a) > placeOf(b) ? -1 : 1));
}

function placeOf({ address, last_used_at }: AddressUse): string {
  return `${last_used_at} ${address}`;
}
