/**
 * Returns the milliseconds of a delay that doubles each time, up to the longest.
 * @param times how often it has doubled
 */
export function doubled(firstMs: number, longestMs: number, times: number): number {
  return Math.min(firstMs * 2 ** times, longestMs);
}

/**
 * Shortens a delay at random, to half of it at most, so that not all clients end it together.
 * @param random a number from 0 to 1
 */
export function withJitter(milliseconds: number, random: number): number {
  return milliseconds * (0.5 + random / 2);
}
