import type { SecretsManagerRotationEvent } from 'aws-lambda';
import { logger } from '../lib/runtime/log.ts';
import { takeRotationStep } from '../lib/service/rotate-admin-token.ts';

/** Takes a step of the rotation for Secrets Manager. An error ends it and raises the alarm. */
export async function handler({ Step, ClientRequestToken }: SecretsManagerRotationEvent) {
  await takeRotationStep(Step, ClientRequestToken);
  logger.info('rotation step taken', { step: Step, version: ClientRequestToken });
}
