import {
  DynamoDBClient,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';

const client = new DynamoDBClient();

/** The floor: what the SDK alone takes for the write that a validation is. */
export function handler(input: UpdateItemCommandInput) {
  return client.send(new UpdateItemCommand(input));
}
