import { randomUUID } from 'node:crypto';

/** A secret: the value of each version that has one, and the version of each staging label. */
interface Secret {
  versions: Record<string, string>;
  /** When each version was made, in ISO 8601; an earlier release did not store it. */
  created?: Record<string, string>;
  stages: Record<string, string>;
}
export type Secrets = Record<string, Secret>;

interface Input {
  SecretId: string;
  Name: string;
  SecretString: string;
  ClientRequestToken?: string;
  VersionId?: string;
  VersionStage?: string;
  VersionStages?: string[];
  MoveToVersionId?: string;
  RemoveFromVersionId?: string;
}

/** An error of Secrets Manager, by its AWS type. */
export class ServiceError extends Error {
  constructor(
    readonly type: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Performs an action of Secrets Manager on the secrets.
 * @throws ServiceError with the error type of AWS
 */
export function perform(secrets: Secrets, action: string | undefined, input: Input) {
  switch (action) {
    case 'CreateSecret':
      if (secrets[input.Name]) {
        throw new ServiceError(
          'ResourceExistsException',
          'A secret with this name already exists.',
        );
      }
      secrets[input.Name] = { versions: {}, stages: {} };
      return putValue(secrets, input.Name, input);
    case 'PutSecretValue':
      return putValue(secrets, input.SecretId, input);
    case 'GetSecretValue':
      return getValue(secrets, input);
    case 'ListSecretVersionIds':
      return listVersions(secrets, input.SecretId);
    case 'DescribeSecret':
      return describe(secrets, input.SecretId);
    case 'UpdateSecretVersionStage':
      return updateStage(secrets, input);
    case 'RotateSecret':
      return startRotation(secrets, input);
    default:
      throw new ServiceError(
        'InvalidRequestException',
        `The stand-in does not implement ${action}.`,
      );
  }
}

function putValue(secrets: Secrets, name: string, input: Input) {
  const secret = find(secrets, name);
  const { versions, stages } = secret;
  const { ClientRequestToken: version = randomUUID(), SecretString: value } = input;
  if ((versions[version] ?? value) !== value) {
    throw new ServiceError('ResourceExistsException', 'This version already has another value.');
  }
  versions[version] = value;
  secret.created = { [version]: new Date().toISOString(), ...secret.created };
  for (const label of input.VersionStages ?? ['AWSCURRENT']) moveLabel(stages, label, version);
  return { Name: name, VersionId: version };
}

function getValue(secrets: Secrets, input: Input) {
  const { versions, stages } = find(secrets, input.SecretId);
  const version = input.VersionId ?? stages[input.VersionStage ?? 'AWSCURRENT'];
  const value = version && versions[version];
  if (!value) throw new ServiceError('ResourceNotFoundException', 'There is no such version.');
  return { Name: input.SecretId, VersionId: version, SecretString: value };
}

/** The protocol writes times as seconds since the epoch. */
function listVersions(secrets: Secrets, name: string) {
  const { versions, created = {} } = find(secrets, name);
  const labels = labelsIn(secrets, name);
  const Versions = Object.keys(versions)
    .filter((version) => labels[version])
    .map((VersionId) => {
      const at = created[VersionId];
      const CreatedDate = at && Date.parse(at) / 1000;
      return { VersionId, VersionStages: labels[VersionId], CreatedDate };
    });
  return { Name: name, Versions };
}

function describe(secrets: Secrets, name: string) {
  return { Name: name, VersionIdsToStages: labelsIn(secrets, name) };
}

function labelsIn(secrets: Secrets, name: string): Record<string, string[]> {
  const labels: Record<string, string[]> = {};
  for (const [label, version] of Object.entries(find(secrets, name).stages)) {
    labels[version] = [...(labels[version] ?? []), label];
  }
  return labels;
}

function updateStage(secrets: Secrets, input: Input) {
  const { stages } = find(secrets, input.SecretId);
  const { VersionStage: label = '', MoveToVersionId: to = '', RemoveFromVersionId: from } = input;
  if (stages[label] !== from) {
    throw new ServiceError('InvalidParameterException', `${label} is not on version ${from}.`);
  }
  moveLabel(stages, label, to);
  return { Name: input.SecretId };
}

function startRotation(secrets: Secrets, input: Input) {
  const { stages } = find(secrets, input.SecretId);
  if (stages.AWSPENDING && stages.AWSPENDING !== stages.AWSCURRENT) {
    throw new ServiceError('InvalidRequestException', 'A previous rotation is not complete.');
  }
  const version = input.ClientRequestToken ?? randomUUID();
  stages.AWSPENDING = version;
  return { Name: input.SecretId, VersionId: version };
}

function moveLabel(stages: Secret['stages'], label: string, version: string): void {
  if (label === 'AWSCURRENT' && stages.AWSCURRENT && stages.AWSCURRENT !== version) {
    stages.AWSPREVIOUS = stages.AWSCURRENT;
  }
  stages[label] = version;
  // AWS may leave AWSPENDING on the current version or remove it; a removal is harder to handle.
  if (stages.AWSPENDING === stages.AWSCURRENT) delete stages.AWSPENDING;
}

function find(secrets: Secrets, name: string): Secret {
  const secret = secrets[name];
  if (secret) return secret;
  throw new ServiceError('ResourceNotFoundException', "Secrets Manager can't find the secret.");
}
