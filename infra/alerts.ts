import { Annotations, Aws } from 'aws-cdk-lib';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { Stage } from './stages.ts';

/** Creates the topic for alarms. */
export function createAlertsTopic(scope: Construct, { name, alarmEmail }: Stage): Topic {
  const topic = new Topic(scope, 'Alerts', { enforceSSL: true });
  // enforceSSL adds a topic policy, which replaces the default policy that lets CloudWatch publish.
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

/** Creates the topic for the daily notice of keys due for rotation. */
export function createDueKeysTopic(scope: Construct, { dueKeysEmail }: Stage): Topic {
  const topic = new Topic(scope, 'DueKeys', { enforceSSL: true });
  if (dueKeysEmail) topic.addSubscription(new EmailSubscription(dueKeysEmail));
  return topic;
}
