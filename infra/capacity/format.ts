export function number(value: number, digits = 0): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}

export const percent = (share: number) => `${number(share * 100, share < 0.1 ? 1 : 0)} %`;
export const dollars = (value: number) => number(value, value < 100 ? 2 : 0);

export function duration(seconds: number): string {
  if (seconds < 120) return `${number(seconds, 1)} s`;
  if (seconds < 2 * 3600) return `${number(seconds / 60)} min`;
  const days = seconds / 86_400;
  return days < 3 ? `${number(seconds / 3600, 1)} h` : `${number(days)} days`;
}
