import { randomBytes } from 'node:crypto';
import type { SecretsManagerRotationEventStep as RotationStep } from 'aws-lambda';
import { readSecret } from '../aws/secrets/client.ts';
import { makeCurrent, putPending, readLabels } from '../aws/secrets/versions.ts';
import { requireEnv, VARIABLES } from '../environment.ts';

/** 256 bits, in characters that a header takes as they are. */
const TOKEN_BYTES = 32;

/**
 * Takes one step of rotating the admin token, as Secrets Manager asks for them in turn
 * (https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html).
 * Each may be repeated, and until the last has been taken the current token stays as it is.
 * @param version the version being prepared
 * @throws Error when that version is not the pending one, or has no value where it needs one
 */
export async function takeRotationStep(step: RotationStep, version: string): Promise<void> {
  const secretId = requireEnv(VARIABLES.adminTokenSecret);
  const { AWSCURRENT: current, AWSPENDING: pending } = await readLabels(secretId);
  if (current === version) return;
  if (pending !== version) throw new Error(`Version ${version} is not pending`);
  switch (step) {
    case 'createSecret':
      return putPending(secretId, version, randomBytes(TOKEN_BYTES).toString('base64url'));
    case 'setSecret':
      // The secret itself is what the API compares with: there is no other place to set it in.
      return;
    case 'testSecret':
      return testToken(secretId, version);
    case 'finishSecret':
      // An empty version made current would lock every administrator out.
      await testToken(secretId, version);
      return makeCurrent(secretId, version, current);
  }
}

/** It must be there, and be what `Authorization: Bearer` can carry. */
async function testToken(secretId: string, version: string): Promise<void> {
  const { value } = await readSecret(secretId, version);
  if (!/^[\x21-\x7e]+$/.test(value)) throw new Error(`Version ${version} can't travel in a header`);
}
