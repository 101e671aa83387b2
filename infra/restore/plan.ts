import { fromItem } from '../../lib/aws/dynamodb/item.ts';
import { isRevoked } from '../../lib/domain/key-state.ts';
import type { LostKey } from './keys.ts';
import type { Part } from './run.ts';

/** What the live tables lack, and what is to be done about it. */
export interface Plan {
  readonly to: Date;
  readonly parts: readonly Part[];
  /** The number of audit entries that are missing. */
  readonly audit: number;
  readonly keys: readonly LostKey[];
  /** The ids of missing keys that did not exist at the restore point. */
  readonly createdSince: readonly string[];
  /** The number of log entries and totals that are missing. */
  readonly usage: number;
}

/** Ids that are listed of each kind. */
const LISTED = 20;

export function isReturning({ replay }: LostKey): boolean {
  return replay.kind === 'current';
}

/** Returns whether the plan leaves something that a person must decide. */
export function isUnfinished({ parts, audit, keys, createdSince }: Plan): boolean {
  const isUnclear = keys.some(({ replay }) => replay.kind === 'unclear');
  return isUnclear || createdSince.length > 0 || (audit > 0 && !parts.includes('audit'));
}

/** Returns whether nothing is missing. */
export function isEmpty({ audit, keys, createdSince, usage }: Plan): boolean {
  return audit + keys.length + createdSince.length + usage === 0;
}

/** Describes a plan to the operator. */
export function describePlan({ parts, audit, keys, createdSince, usage }: Plan, now: Date): string {
  const returning = keys.filter(isReturning);
  const ended = keys.filter(({ replay }) => replay.kind === 'ended');
  const unclear = keys.filter(({ replay }) => replay.kind === 'unclear');
  const changed = returning.filter(
    ({ item, replay }) =>
      replay.kind === 'current' && replay.record.version > fromItem(item).record.version,
  );
  const asEnded = returning.filter(({ item }) => isRevoked(fromItem(item).record, now));
  const lines = [
    ...(parts.includes('keys')
      ? [
          `${plural(keys.length, 'key')} missing:`,
          `  ${returning.length} to bring back, ${changed.length} of them as changed since, ${asEnded.length} of them ended before`,
          `  ${ended.length} revoked or rotated since: not brought back`,
          ...ids(ended),
          `  ${unclear.length} unclear: not brought back`,
          ...unclear.slice(0, LISTED).map((key) => `    ${idOf(key)} ${reasonOf(key)}`),
          ...more(unclear.length),
          `${plural(createdSince.length, 'key')} missing that did not exist at that time: restore to a later time`,
          ...createdSince.slice(0, LISTED).map((id) => `    ${id}`),
          ...more(createdSince.length),
        ]
      : []),
    ...(parts.includes('usage') ? [`${plural(usage, 'item')} of usage missing`] : []),
    `${plural(audit, 'audit entry', 'audit entries')} missing`,
    ...(audit > 0 && !parts.includes('audit') ? [AUDIT_LOST] : []),
  ];
  return lines.join('\n');
}

const AUDIT_LOST = `
The audit log has lost entries, so it may lack revocations too: no key is brought back.
First restore it alone, to the last moment before it lost them:
  npm run restore -- --stage <stage> --to <time> --only audit
Changes after that moment are lost. Revoke again what was revoked then. After that, run this
command again.`;

function ids(keys: readonly LostKey[]): string[] {
  return [...keys.slice(0, LISTED).map((key) => `    ${idOf(key)}`), ...more(keys.length)];
}

function more(count: number): string[] {
  return count > LISTED ? [`    … and ${count - LISTED} more`] : [];
}

export function idOf({ item }: LostKey): string {
  return item.key_id?.S ?? '';
}

function reasonOf({ replay }: LostKey): string {
  return replay.kind === 'unclear' ? replay.reason : '';
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
