import { readEndedKeys } from '../aws/dynamodb/ended-keys.ts';
import { readSnapshot, type Snapshot } from '../aws/dynamodb/snapshot.ts';
import { readTallies } from '../aws/dynamodb/tallies.ts';
import { currentVersionFrom } from '../aws/secrets/version-age.ts';
import { type CheckResult, postureReport } from '../domain/posture-report.ts';
import { adminTokenRotationDays, requireEnv, VARIABLES } from '../environment.ts';

/**
 * Reports how the stage stands: 3 requests to DynamoDB and 2 to Secrets Manager, however many keys
 * there are.
 * @returns `snapshot` undefined if the daily check of all keys has not completed yet
 * @throws Unavailable
 */
export async function readPosture(
  now: Date,
): Promise<{ snapshot: Snapshot | undefined; checks: CheckResult[] }> {
  const [snapshot, ended, tallies, adminTokenFrom, pepperFrom] = await Promise.all([
    readSnapshot(now),
    readEndedKeys(now),
    readTallies(now),
    currentVersionFrom(requireEnv(VARIABLES.adminTokenSecret)),
    currentVersionFrom(requireEnv(VARIABLES.pepperSecret)),
  ]);
  const facts = {
    summary: snapshot?.summary,
    ended,
    foreignKeys: tallies.foreign_keys,
    adminFailures: tallies.admin_failures,
    adminTokenFrom,
    adminTokenRotationDays: adminTokenRotationDays(),
    pepperFrom,
  };
  return { snapshot, checks: postureReport(facts, now) };
}
