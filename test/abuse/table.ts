import { markdownTable } from '../../infra/commands/markdown-table.ts';
import type { Attack, Bound } from './attack.ts';

/** Returns the table of docs/abuse.md with these attacks. */
export function abuseTable(attacks: readonly Attack[]): string {
  return markdownTable([
    [
      'A thousand requests',
      'Answer',
      'DynamoDB requests',
      'Secrets Manager requests',
      '`--attack`',
    ],
    ...attacks.map(({ id, sent, status, dynamodb, secrets }) => [
      sent,
      String(status),
      inWords(dynamodb),
      inWords(secrets),
      `\`${id}\``,
    ]),
  ]);
}

function inWords({ each, within }: Bound): string {
  if (each !== undefined) return (each * 1000).toLocaleString('en-US');
  if (!within) return '0';
  const { calls, seconds } = within;
  return `at most ${calls} in ${seconds} s`;
}
