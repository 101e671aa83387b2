import { Duration, Validations } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  EventSourceMapping,
  FilterCriteria,
  FilterRule,
  type Function as LambdaFunction,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { LOG_PREFIX } from '../lib/aws/dynamodb/usage-items.ts';

/** Half the day for which a stream keeps its records: the rest is for whoever is told of those that were given up. */
const GIVEN_UP_AFTER = Duration.hours(12);

/** The usage log on its way to the totals: the table's stream, its consumer, and a queue of what was given up. */
export class UsageStream extends Construct {
  /** Says which records of which shard were not added; the records themselves are in the log. */
  readonly deadLetters: Queue;

  constructor(scope: Construct, table: Table, consumer: LambdaFunction) {
    super(scope, 'UsageStream');
    this.deadLetters = new Queue(this, 'DeadLetters', {
      retentionPeriod: Duration.days(14),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    });
    Validations.of(this.deadLetters).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is the dead-letter queue, of an event source mapping.',
    });
    table.grantStreamRead(consumer);
    consumer.addToRolePolicy(
      new PolicyStatement({
        actions: ['sqs:SendMessage'],
        resources: [this.deadLetters.queueArn],
      }),
    );
    new EventSourceMapping(this, 'Mapping', {
      target: consumer,
      eventSourceArn: table.tableStreamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 1000,
      maxBatchingWindow: Duration.seconds(1),
      // Its length does not matter: only with a window does Lambda tell the function which shard it reads.
      tumblingWindow: Duration.minutes(15),
      // Totals are in the same table, and expired entries leave it.
      filters: [
        FilterCriteria.filter({
          eventName: FilterRule.isEqual('INSERT'),
          dynamodb: { Keys: { pk: { S: FilterRule.beginsWith(LOG_PREFIX) } } },
        }),
      ],
      reportBatchItemFailures: true,
      maxRecordAge: GIVEN_UP_AFTER,
      onFailure: { bind: () => ({ destination: this.deadLetters.queueArn }) },
    });
  }
}
