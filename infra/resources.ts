import { Aws, SecretValue, Validations } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { VARIABLES, type Variable } from '../lib/environment.ts';
import { type IndexDefinition, type TableVariable, tables } from '../lib/tables.ts';
import { createAlertsTopic, createDueKeysTopic } from './alerts.ts';
import { BUNDLED_DOCS } from './docs-page/build.ts';
import type { Access, Grants } from './functions.ts';
import { removalPolicyOf, type Stage } from './stages.ts';
import { createTable, type ResourceTable, tableArn } from './tables.ts';

/** Letters and digits: 48 of them have 285 bits of entropy. */
const SECRET_LENGTH = 48;

interface Resource {
  /** The value of the environment variable; undefined: it is not set. */
  readonly value: string | undefined;
  /** Returns the ARN of the resource, or of one of its indexes; absent for a plain value. */
  readonly arn?: (index?: IndexDefinition) => string;
}

/** The resources and settings that a stage's functions share: tables, secrets and topics. */
export class Resources extends Construct {
  readonly tables: readonly ResourceTable[];
  readonly adminToken: Secret;
  readonly pepper: Secret;
  readonly namedTokens: Secret;
  readonly alerts: Topic;
  readonly dueKeys: Topic;
  private readonly byVariable: Record<Variable, Resource>;

  constructor(scope: Construct, stage: Stage) {
    super(scope, 'Resources');
    this.tables = tables.map((definition) => createTable(this, stage, definition));
    this.adminToken = this.createSecret('AdminToken', "The administrators' bearer token", stage);
    this.pepper = this.createSecret('Pepper', 'Keys the digests of all API keys', stage);
    // With it, keys restored in the other region need no bcrypt.
    if (stage.backup?.copyTo) this.pepper.addReplicaRegion(stage.backup.copyTo);
    Validations.of(this.pepper).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'The pepper is rotated manually, if it may have leaked. A schedule would drop the versions that digests of rarely used keys still need.',
    });
    this.namedTokens = new Secret(this, 'NamedTokens', {
      description: 'The digests of named tokens, by name; hokusai-auth tokens changes it',
      secretStringValue: SecretValue.unsafePlainText('{}'),
      removalPolicy: removalPolicyOf(stage),
    });
    Validations.of(this.namedTokens).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'It holds digests only. Each token may have an expiry, and is replaced by its owner.',
    });
    this.alerts = createAlertsTopic(this, stage);
    this.dueKeys = createDueKeysTopic(this, stage);

    this.byVariable = {
      ...(Object.fromEntries(
        this.tables.map((made) => [
          made.definition.variable,
          { value: made.table.tableName, arn: (index?: IndexDefinition) => tableArn(made, index) },
        ]),
      ) as Record<TableVariable, Resource>),
      [VARIABLES.adminTokenSecret]: resource(this.adminToken.secretArn),
      [VARIABLES.namedTokensSecret]: resource(this.namedTokens.secretArn),
      [VARIABLES.pepperSecret]: resource(this.pepper.secretArn),
      [VARIABLES.dueKeysTopic]: resource(this.dueKeys.topicArn),
      [VARIABLES.keyEnvironments]: { value: stage.keyEnvironments.join(',') },
      [VARIABLES.services]: { value: stage.services.join(',') },
      [VARIABLES.adminTokenRotationDays]: { value: String(stage.adminTokenRotationDays) },
      [VARIABLES.bcryptRounds]: { value: String(stage.bcryptRounds) },
      [VARIABLES.usageAuth]: { value: stage.usageAuth },
      [VARIABLES.usageAddresses]: { value: stage.usageAddresses?.join(',') },
      [VARIABLES.leaseMs]: { value: String(stage.leaseMilliseconds) },
      [VARIABLES.stackName]: { value: Aws.STACK_NAME },
      [VARIABLES.docsFolder]: { value: stage.docs ? BUNDLED_DOCS : undefined },
    };
  }

  /** Returns the table whose name the environment variable holds. */
  tableOf(variable: TableVariable): Table {
    const found = this.tables.find(({ definition }) => definition.variable === variable);
    if (!found) throw new Error(`no table for ${variable}`);
    return found.table;
  }

  /** Sets a function's environment variables and allows its role the actions on their resources. */
  grantTo(grantee: LambdaFunction, grants: Grants): void {
    for (const [variable, accesses] of Object.entries(grants) as [Variable, Access[]][]) {
      const { value, arn } = this.byVariable[variable];
      if (value !== undefined) grantee.addEnvironment(variable, value);
      for (const access of accesses) {
        if (!arn) throw new Error(`${variable} names no resource, so it takes no actions`);
        const [action, index] =
          typeof access === 'string' ? [access] : (['dynamodb:Query', access.queryOf] as const);
        grantee.addToRolePolicy(
          new PolicyStatement({ actions: [action], resources: [arn(index)] }),
        );
      }
    }
  }

  private createSecret(id: string, description: string, stage: Stage): Secret {
    return new Secret(this, id, {
      description,
      // CloudFormation generates a new value if any of these settings change.
      generateSecretString: { passwordLength: SECRET_LENGTH, excludePunctuation: true },
      removalPolicy: removalPolicyOf(stage),
    });
  }
}

function resource(name: string): Resource {
  return { value: name, arn: () => name };
}
