import type { KeyRecord } from './record.ts';
import { DAY_MS } from './time.ts';

/** A notice holds 256 KB (SNS quota), and a line at most 500 bytes. */
const MAX_LISTED = 300;

export type DueKey = Pick<KeyRecord, 'key_id' | 'name' | 'created_at'>;

/** Writes the administrators' notice of the keys past their rotation date, the oldest first. */
export function dueNotice(due: readonly DueKey[], now: Date): string {
  const oldestFirst = [...due].sort((a, b) => a.created_at.localeCompare(b.created_at));
  const lines = oldestFirst.slice(0, MAX_LISTED).map(({ key_id, name, created_at }) => {
    const days = Math.floor((now.getTime() - Date.parse(created_at)) / DAY_MS);
    return `${key_id}  ${days} days old  ${JSON.stringify(name)}`;
  });
  const unlisted = due.length - lines.length;
  return [
    `API keys past their rotation date: ${due.length}`,
    '',
    ...lines,
    ...(unlisted > 0 ? [`and ${unlisted} more`] : []),
    '',
    'All of them: GET /api/v1/keys?rotation_due=true',
    'To replace one: POST /api/v1/keys/{key_id}/rotate',
  ].join('\n');
}
