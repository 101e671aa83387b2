import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { requireEnv, VARIABLES } from '../environment.ts';

const client = new SNSClient();

/**
 * Sends the administrators a notice.
 * @param subject at most 100 ASCII characters (https://docs.aws.amazon.com/sns/latest/api/API_Publish.html)
 */
export async function publishNotice(subject: string, message: string): Promise<void> {
  await client.send(
    new PublishCommand({
      TopicArn: requireEnv(VARIABLES.alertsTopic),
      Subject: subject,
      Message: message,
    }),
  );
}
