import { DynamoDBClient, PutItemCommand, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { hash } from 'bcryptjs';
import { createTables } from '../../infra/local/provision.ts';
import { hourWindow } from '../../lib/domain/limits.ts';
import type { Pepper } from '../../lib/domain/verifiers.ts';
import { keyNumber, seed, seededItem } from './keys.ts';
import { BCRYPT_KEYS, DEBITED_KEY, LIMITED_KEY, ROTATED_KEYS } from './operations.ts';
import type { Progress } from './progress.ts';

/** No process validates more by bcrypt or rotates more than this. */
export const SLOW_KEYS = 12;

/** The tables that hold so many keys, by the variables of the functions. */
export function tablesOf(size: number) {
  return {
    KEYS_TABLE: `keys-${size}`,
    USAGE_TABLE: `usage-${size}`,
    AUDIT_TABLE: `audit-${size}`,
  };
}

/**
 * Makes tables with `size` keys to validate, and the one to validate again and again.
 * @param streams whether the usage table has its stream; a write to the embedded database, unlike one to DynamoDB,
 * takes the longer the more records its stream holds already
 */
export async function fillTables(
  size: number,
  pepper: Pepper,
  progress: Progress,
  streams = false,
): Promise<void> {
  Object.assign(process.env, tablesOf(size));
  await createTables();
  if (!streams) await disableStream(`usage-${size}`);
  // Number 0 is the one that is validated again and again.
  await seed(`keys-${size}`, size + 1, pepper, progress);
}

async function disableStream(TableName: string): Promise<void> {
  const client = new DynamoDBClient();
  const StreamSpecification = { StreamEnabled: false };
  await client.send(new UpdateTableCommand({ TableName, StreamSpecification }));
  client.destroy();
}

/** Adds the keys that have a part of their own to play. */
export async function addSpecialKeys(
  size: number,
  pepper: Pepper,
  progress: Progress,
): Promise<void> {
  const TableName = `keys-${size}`;
  const client = new DynamoDBClient();
  const put = (i: number, fields?: object, verifiers?: object) =>
    client.send(new PutItemCommand({ TableName, Item: seededItem(i, pepper, fields, verifiers) }));
  for (let i = 0; i < 2 * SLOW_KEYS; i++) await put(ROTATED_KEYS + i);
  await put(DEBITED_KEY, { monthly_prediction_limit: 1_000_000_000 });
  // The hour that the bench ends in may be another than the one it begins in.
  const hours = [0, 1, 2].map((later) => hourWindow(new Date(Date.now() + later * 3_600_000)));
  await put(LIMITED_KEY, {
    rate_limit_per_hour: 10,
    ...Object.fromEntries(hours.map(({ counter }) => [counter, 10])),
  });
  const gone = { pepper: 'a version that is no more' };
  for (let i = 0; i < 2 * SLOW_KEYS; i++) {
    const text = keyNumber(BCRYPT_KEYS + i).text;
    // Of 12 rounds, which takes its time: one hash would do for one key only.
    await put(BCRYPT_KEYS + i, {}, { ...gone, hash: await hash(text, 12) });
    progress('hashing keys for bcrypt', (i + 1) / 2 / SLOW_KEYS);
  }
  client.destroy();
}
