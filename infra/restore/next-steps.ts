import { requireEnv, VARIABLES } from '../../lib/environment.ts';
import type { Stage } from '../stages.ts';
import type { Plan } from './make-plan.ts';
import type { Part, Restoration } from './tables.ts';

/** Returns what the operator has to do after a restoration, with the commands. */
export function describeNext(
  { services, region }: Stage,
  put: Readonly<Record<Part, number>>,
  { months }: Plan,
  { tables }: Restoration,
): string {
  const names = [VARIABLES.keysTable, VARIABLES.usageTable].map(
    (name) => `${name}=${requireEnv(name)}`,
  );
  const compare = `${region ? `AWS_REGION=${region} ` : ''}${names.join(' ')} SERVICES=${services.join(',')} npm run rebuild-usage --`;
  const inRegion = region ? ` --region ${region}` : '';
  const steps = [
    ...(put.keys > 0
      ? ['Revoke again each key whose revocation was answered with 404 while it was missing.']
      : []),
    ...(put.usage > 0
      ? [
          'Compare the totals with the log. docs/operations.md says when to add --write:',
          ...months.map((month) => `  ${compare} --month ${month}`),
        ]
      : []),
    'When you no longer need the restored tables, delete them:',
    ...Object.values(tables).map(
      ({ name }) => `  aws dynamodb delete-table --table-name ${name}${inRegion}`,
    ),
  ];
  return `\nWhat to do next:\n${steps.join('\n')}`;
}
