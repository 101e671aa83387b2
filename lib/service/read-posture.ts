import { readEndedKeys } from '../aws/dynamodb/ended-keys.ts';
import { readSnapshot, type Snapshot } from '../aws/dynamodb/snapshot.ts';
import { readTallies } from '../aws/dynamodb/tallies.ts';
import { currentVersionFrom } from '../aws/secrets/version-age.ts';
import { type CheckResult, postureReport } from '../domain/posture-report.ts';
import { Unavailable } from '../domain/unavailable.ts';
import { adminTokenRotationDays, requireEnv, VARIABLES, type Variable } from '../environment.ts';
import { logger } from '../runtime/log.ts';

/**
 * Reports how the stage stands: 3 requests to DynamoDB and 2 to Secrets Manager, however many keys
 * there are.
 * @returns `snapshot` undefined if the daily check of all keys has not completed yet
 * @throws Unavailable when DynamoDB gave no answer
 */
export async function readPosture(
  now: Date,
): Promise<{ snapshot: Snapshot | undefined; checks: CheckResult[] }> {
  const [snapshot, ended, tallies, adminTokenFrom, pepperFrom] = await Promise.all([
    readSnapshot(now),
    readEndedKeys(now),
    readTallies(now),
    madeAt(VARIABLES.adminTokenSecret),
    madeAt(VARIABLES.pepperSecret),
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

/** Returns when the value in use was made; undefined if Secrets Manager does not tell. */
async function madeAt(secret: Variable): Promise<Date | undefined> {
  try {
    return await currentVersionFrom(requireEnv(secret));
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    logger.warn('age of a secret unknown', { error });
    return undefined;
  }
}
