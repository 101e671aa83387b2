import { Duration, Validations } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  EventSourceMapping,
  FilterCriteria,
  FilterRule,
  type IFunction,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { LOG_PREFIX } from '../lib/aws/dynamodb/usage-items.ts';

/** Half of a stream's retention: operators have the other 12 hours to act on the alarm. */
const GIVEN_UP_AFTER = Duration.hours(12);

/** The usage table's stream with its consumer, which adds log entries to the totals. */
export class UsageStream extends Construct {
  /** Names shards and sequence numbers that were not added; the reports remain in the log. */
  readonly deadLetters: Queue;

  constructor(scope: Construct, table: Table, consumer: IFunction) {
    super(scope, 'UsageStream');
    this.deadLetters = new Queue(this, 'DeadLetters', {
      retentionPeriod: Duration.days(14),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    });
    Validations.of(this.deadLetters).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'The queue is the dead-letter queue of an event source mapping.',
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
      // Any length will do: Lambda includes the shard's id in events only with a tumbling window.
      tumblingWindow: Duration.minutes(15),
      // The stream also has changed totals and expired entries, which are not to be added.
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
