import { auditors } from '../lib/auth/administrators.ts';
import { requireEnv, VARIABLES } from '../lib/environment.ts';
import { describeCheck } from '../lib/http/describe-posture.ts';
import { route } from '../lib/http/route.ts';
import { readPosture } from '../lib/service/read-posture.ts';

/** `GET /api/v1/security/posture`: tells how the stage stands by the security guide's checklist. */
export const handler = route('GET /api/v1/security/posture', auditors, async ({ now }) => {
  const { snapshot, checks } = await readPosture(now);
  return {
    status: 200,
    body: {
      as_of: snapshot?.as_of ?? null,
      stage: requireEnv(VARIABLES.stackName),
      keys: snapshot?.summary.keys ?? null,
      checks: checks.map(describeCheck),
    },
  };
});
