import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { VARIABLES } from '../../lib/environment.ts';
import { type Stage, stackName } from '../stages.ts';

/** What the command uses of a stage, by the logical ids that CloudFormation has for it. */
const WANTED = {
  [VARIABLES.keysTable]: /^ResourcesKeysTable[0-9A-F]{8}$/,
  [VARIABLES.usageTable]: /^ResourcesUsageTable[0-9A-F]{8}$/,
  [VARIABLES.auditTable]: /^ResourcesAuditTable[0-9A-F]{8}$/,
  [VARIABLES.securityTable]: /^ResourcesSecurityTable[0-9A-F]{8}$/,
  [VARIABLES.pepperSecret]: /^ResourcesPepper[0-9A-F]{8}$/,
};

/**
 * Sets the environment variables that the functions of a deployed stage have, so that this process
 * reads the same tables and secret.
 * @throws Error if the stage's stack lacks one of them
 */
export async function useDeployed(stage: Stage): Promise<void> {
  if (stage.region) process.env.AWS_REGION = stage.region;
  const stack = stackName(stage);
  const pages = paginateListStackResources(
    { client: new CloudFormationClient() },
    { StackName: stack },
  );
  const found = new Map<string, string>();
  for await (const { StackResourceSummaries = [] } of pages) {
    for (const { LogicalResourceId = '', PhysicalResourceId } of StackResourceSummaries) {
      const [variable] =
        Object.entries(WANTED).find(([, pattern]) => pattern.test(LogicalResourceId)) ?? [];
      if (variable && PhysicalResourceId) found.set(variable, PhysicalResourceId);
    }
  }
  for (const variable of Object.keys(WANTED)) {
    const name = found.get(variable);
    if (!name) throw new Error(`The stack ${stack} has no resource for ${variable}.`);
    process.env[variable] = name;
  }
}
