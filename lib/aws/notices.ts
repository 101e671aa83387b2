import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { requireEnv, VARIABLES } from '../environment.ts';

const client = new SNSClient();

/** SNS takes no longer one (https://docs.aws.amazon.com/sns/latest/api/API_Publish.html). */
const MAX_SUBJECT = 100;

/**
 * Sends the administrators a notice.
 * @param subject ASCII; what is beyond 100 characters is left out
 */
export async function publishNotice(subject: string, message: string): Promise<void> {
  await client.send(
    new PublishCommand({
      TopicArn: requireEnv(VARIABLES.alertsTopic),
      Subject: subject.slice(0, MAX_SUBJECT),
      Message: message,
    }),
  );
}
