import { randomBytes } from 'node:crypto';
import type { SecretsManagerRotationEventStep as RotationStep } from 'aws-lambda';
import { readSecret } from '../aws/secrets/client.ts';
import { makeCurrent, putPending, readLabels } from '../aws/secrets/versions.ts';
import { requireEnv, VARIABLES } from '../environment.ts';

/** 256 bits, sent in base64url, which a header can carry. */
const TOKEN_BYTES = 32;

/**
 * Takes one step of the admin token's rotation, of which Secrets Manager requests four in turn
 * (https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html).
 * Each step may be repeated. The current token stays valid until the last one.
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
      // The API compares with the secret itself, so the token is not stored anywhere else.
      return;
    case 'testSecret':
      return testToken(secretId, version);
    case 'finishSecret':
      // An empty version, if made current, would lock out every administrator.
      await testToken(secretId, version);
      return makeCurrent(secretId, version, current);
  }
}

/** Checks that the version has a value, and one that `Authorization: Bearer` can carry. */
async function testToken(secretId: string, version: string): Promise<void> {
  const { value } = await readSecret(secretId, version);
  if (!/^[\x21-\x7e]+$/.test(value)) throw new Error(`Version ${version} can't travel in a header`);
}
