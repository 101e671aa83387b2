import { Annotations, Aws, type RemovalPolicy, Validations } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { VARIABLES, type Variable } from '../lib/environment.ts';
import { type TableDefinition, type TableVariable, tables } from '../lib/tables.ts';
import type { Grants } from './functions.ts';
import { isKept, removalPolicyOf, type Stage } from './stages.ts';

/** Characters of letters and digits: 285 bits. */
const SECRET_LENGTH = 48;

interface Resource {
  /** What the variable says; undefined: it is not set. */
  readonly value: string | undefined;
  /** What a grant's actions are for; undefined where the value is all there is. */
  readonly arn?: (action: string) => string;
}

export interface ResourceTable {
  readonly definition: TableDefinition;
  readonly table: Table;
}

/** What a stage's functions share: tables, secrets, the topic for alerts, settings. */
export class Resources extends Construct {
  readonly tables: readonly ResourceTable[];
  readonly adminToken: Secret;
  readonly pepper: Secret;
  readonly alerts: Topic;
  private readonly byVariable: Record<Variable, Resource>;

  constructor(scope: Construct, stage: Stage) {
    super(scope, 'Resources');
    const removalPolicy = removalPolicyOf(stage);
    this.tables = tables.map((definition) => ({
      definition,
      table: this.createTable(definition, stage, removalPolicy),
    }));
    this.adminToken = this.createSecret(
      'AdminToken',
      "The administrators' bearer token",
      removalPolicy,
    );
    this.pepper = this.createSecret('Pepper', 'Keys the digests of all API keys', removalPolicy);
    Validations.of(this.pepper).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'A new pepper is given by hand, when it may have leaked: keys that are seldom used would outlive the versions a schedule leaves behind.',
    });
    this.alerts = this.createTopic(stage);

    this.byVariable = {
      ...(Object.fromEntries(
        this.tables.map((made) => [made.definition.variable, tableResource(made)]),
      ) as Record<TableVariable, Resource>),
      [VARIABLES.adminTokenSecret]: secretResource(this.adminToken),
      [VARIABLES.pepperSecret]: secretResource(this.pepper),
      [VARIABLES.alertsTopic]: { value: this.alerts.topicArn, arn: () => this.alerts.topicArn },
      [VARIABLES.keyEnvironments]: { value: stage.keyEnvironments.join(',') },
      [VARIABLES.services]: { value: stage.services.join(',') },
      [VARIABLES.bcryptRounds]: { value: String(stage.bcryptRounds) },
      [VARIABLES.usageAuth]: { value: stage.usageAuth },
      [VARIABLES.usageAddresses]: { value: stage.usageAddresses?.join(',') },
      [VARIABLES.stackName]: { value: Aws.STACK_NAME },
    };
  }

  /** The table whose name a variable carries. */
  tableOf(variable: TableVariable): Table {
    const found = this.tables.find(({ definition }) => definition.variable === variable);
    if (!found) throw new Error(`no table for ${variable}`);
    return found.table;
  }

  /** Gives a function its variables, and its role the actions that go with them. */
  grantTo(grantee: LambdaFunction, grants: Grants): void {
    for (const [variable, actions] of Object.entries(grants) as [Variable, string[]][]) {
      const { value, arn } = this.byVariable[variable];
      if (value !== undefined) grantee.addEnvironment(variable, value);
      for (const action of actions) {
        if (!arn) throw new Error(`${variable} names no resource`);
        grantee.addToRolePolicy(
          new PolicyStatement({ actions: [action], resources: [arn(action)] }),
        );
      }
    }
  }

  private createTable(
    { variable, partitionKey, sortKey, index, timeToLive, stream }: TableDefinition,
    stage: Stage,
    removalPolicy: RemovalPolicy,
  ): Table {
    const id = variable
      .split('_')
      .map((word) => word.charAt(0) + word.slice(1).toLowerCase())
      .join('');
    const text = (name: string) => ({ name, type: AttributeType.STRING });
    const table = new Table(this, id, {
      partitionKey: text(partitionKey),
      sortKey: sortKey === undefined ? undefined : text(sortKey),
      timeToLiveAttribute: timeToLive,
      stream: stream && StreamViewType.NEW_IMAGE,
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: TableEncryption.AWS_MANAGED,
      deletionProtection: isKept(stage),
      removalPolicy,
    });
    if (index) {
      table.addGlobalSecondaryIndex({
        indexName: index.name,
        partitionKey: text(index.partitionKey),
        sortKey: text(index.sortKey),
        projectionType: ProjectionType.INCLUDE,
        nonKeyAttributes: [...index.includes],
      });
    }
    return table;
  }

  private createSecret(id: string, description: string, removalPolicy: RemovalPolicy): Secret {
    return new Secret(this, id, {
      description,
      // To change how it is drawn is to draw a new one with the next deployment.
      generateSecretString: { passwordLength: SECRET_LENGTH, excludePunctuation: true },
      removalPolicy,
    });
  }

  private createTopic({ name, alarmEmail }: Stage): Topic {
    const topic = new Topic(this, 'Alerts', { enforceSSL: true });
    // With a policy of its own the topic no longer takes what every alarm of the account sends.
    topic.addToResourcePolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    );
    if (alarmEmail) {
      topic.addSubscription(new EmailSubscription(alarmEmail));
    } else {
      Annotations.of(topic).addWarningV2(
        'hokusai-api-keys:noAlarmEmail',
        `The stage ${name} has no alarmEmail in cdk.json: its alarms reach nobody until someone subscribes to this topic.`,
      );
    }
    return topic;
  }
}

/** A query goes to the table's one index, everything else to the table. */
function tableResource({ definition: { index }, table }: ResourceTable): Resource {
  return {
    value: table.tableName,
    arn: (action) =>
      index && action === 'dynamodb:Query'
        ? `${table.tableArn}/index/${index.name}`
        : table.tableArn,
  };
}

function secretResource({ secretArn }: Secret): Resource {
  return { value: secretArn, arn: () => secretArn };
}
