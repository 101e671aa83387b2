import { canonicalAddress } from '../../domain/allowlist.ts';
import { type AddressTimes, droppedAddresses } from '../../domain/used-from.ts';
import type { Item } from './item.ts';

/** A key's item has an attribute for each address that it was used from in its grace period. */
const PREFIX = 'from_';

/** Returns whether an attribute of a key's item is the time of the last use from an address. */
export function isAddressMark(attribute: string): boolean {
  return attribute.startsWith(PREFIX);
}

/** Returns the addresses among an item's attributes. */
export function addressTimesFrom(item: Item): AddressTimes {
  const marks = Object.entries(item).filter(([name]) => isAddressMark(name));
  return Object.fromEntries(marks.map(([name, time]) => [name.slice(PREFIX.length), time.S ?? '']));
}

/** The parts of an update that note an address. */
interface AddressUpdate {
  readonly sets: readonly string[];
  readonly removes: readonly string[];
  /** Undefined instead of empty, which DynamoDB rejects. */
  readonly names: Record<string, string> | undefined;
}

/**
 * Returns the parts of an update that note `:now` for an address and drop the oldest addresses.
 * @param known the addresses as last seen
 * @param text what the caller sent as its client's address; nothing is noted if it is none
 */
export function noteAddress(known: AddressTimes, text: string): AddressUpdate {
  const address = canonicalAddress(text);
  if (address === undefined) return { sets: [], removes: [], names: undefined };
  const dropped = droppedAddresses(known, address);
  const names = [address, ...dropped].map((name, i) => [`#from${i}`, PREFIX + name] as const);
  return {
    sets: ['#from0 = :now'],
    removes: names.slice(1).map(([placeholder]) => placeholder),
    names: Object.fromEntries(names),
  };
}
