import {
  DynamoDBClient,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';

const client = new DynamoDBClient();

/** Sends one UpdateItem and does nothing else, as a baseline for validations. */
export function handler(input: UpdateItemCommandInput) {
  return client.send(new UpdateItemCommand(input));
}
