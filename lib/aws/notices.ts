import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { requireEnv, VARIABLES } from '../environment.ts';

/** By default the SDK waits for an answer without end, and sends nothing again. */
const client = new SNSClient({
  requestHandler: { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true },
});

/**
 * The longest subject that SNS accepts
 * (https://docs.aws.amazon.com/sns/latest/api/API_Publish.html).
 */
const MAX_SUBJECT = 100;

/**
 * Publishes a notice to the administrators.
 * @param subject ASCII; cut after 100 characters
 */
export async function publishNotice(subject: string, message: string): Promise<void> {
  await client.send(
    new PublishCommand({
      TopicArn: requireEnv(VARIABLES.dueKeysTopic),
      Subject: subject.slice(0, MAX_SUBJECT),
      Message: message,
    }),
  );
}
