import { type Fate, isReturning, type LostKey } from './judge.ts';
import type { Plan } from './make-plan.ts';

/** Ids that are listed of each kind. */
const LISTED = 20;

/** Returns whether there is nothing to copy and nothing for a person to decide. */
export function isSettled({ audit, keys, createdSince, lostBefore, usage }: Plan): boolean {
  const open = keys.filter(({ fate }) => fate.kind === 'returns' || fate.kind === 'unclear');
  return audit + open.length + createdSince.length + lostBefore.length + usage === 0;
}

/** Describes a plan to the operator. */
export function describePlan(plan: Plan): string {
  const { parts, audit, keys, createdSince, lostBefore, usage } = plan;
  const lines = [
    ...(parts.includes('keys')
      ? [
          `${plural(keys.length, 'key')} missing`,
          ...section(
            `to bring back${describeReturning(keys.filter(isReturning))}`,
            keys.filter(isReturning).map(({ keyId }) => keyId),
          ),
          ...section('revoked or rotated since: not brought back', idsOf(keys, 'ended')),
          ...section('named by --except: not brought back', idsOf(keys, 'excluded')),
          ...section(
            'unclear: not brought back',
            keys.flatMap(({ keyId, fate }) =>
              fate.kind === 'unclear' ? `${keyId}  ${fate.reason}` : [],
            ),
          ),
          ...section('created since, so they need a later --to', createdSince),
          ...section('lost before that time, so they need an earlier --to', lostBefore),
        ]
      : []),
    ...(parts.includes('usage') ? [`${plural(usage, 'item')} of usage missing`] : []),
    `${plural(audit, 'audit entry', 'audit entries')} missing`,
    ...(audit > 0 && !parts.includes('audit') ? [AUDIT_LOST] : []),
  ];
  return lines.join('\n');
}

const AUDIT_LOST = `
The audit log has lost entries, and revocations may be among them, so no key is brought back.
First restore the log alone, to the last moment before it lost anything:
  npm run restore -- --stage <stage> --to <time> --only audit
Changes after that moment are lost. Then run this command again, with --except <key_id> for each
key that was revoked or leaked after that moment.`;

function describeReturning(keys: readonly LostKey[]): string {
  const count = (flag: 'isChanged' | 'isSuspended' | 'isEnded') =>
    keys.filter(({ fate }) => fate.kind === 'returns' && fate[flag]).length;
  const kinds = [
    `${count('isChanged')} as changed since`,
    `${count('isSuspended')} suspended`,
    `${count('isEnded')} ended before`,
  ].filter((text) => !text.startsWith('0 '));
  return kinds.length > 0 ? ` (${kinds.join(', ')})` : '';
}

function idsOf(keys: readonly LostKey[], kind: Fate['kind']): string[] {
  return keys.flatMap(({ keyId, fate }) => (fate.kind === kind ? keyId : []));
}

function section(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const more = lines.length > LISTED ? [`    … and ${lines.length - LISTED} more`] : [];
  return [
    `  ${lines.length} ${title}`,
    ...lines.slice(0, LISTED).map((line) => `    ${line}`),
    ...more,
  ];
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
