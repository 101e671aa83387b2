import { harmless, widthOf } from './text.ts';

/** Returns a time for people: `2026-11-23 18:30:00`, in UTC as everywhere in the service. */
export function formatTime(time: string | null | undefined): string {
  return time ? time.slice(0, 19).replace('T', ' ') : 'never';
}

export function formatDay(time: string | null | undefined): string {
  return time ? time.slice(0, 10) : 'never';
}

/** Returns a value of JSON on one line. */
export function formatValue(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (Array.isArray(value)) return value.length > 0 ? value.map(formatValue).join(', ') : 'none';
  if (typeof value !== 'object') return String(value);
  return Object.entries(value)
    .map(([name, of]) => `${name} ${formatValue(of)}`)
    .join(', ');
}

/** Returns lines with names and values, the values below each other. */
export function formatFields(fields: Readonly<Record<string, unknown>>, indent = ''): string {
  const longest = Math.max(0, ...Object.keys(fields).map(widthOf));
  return Object.entries(fields)
    .map(([name, value]) => `${indent}${name.padEnd(longest)}  ${harmless(formatValue(value))}`)
    .join('\n');
}
