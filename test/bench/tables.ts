import { DynamoDBClient, PutItemCommand, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { hash } from 'bcryptjs';
import { createTables } from '../../infra/local/provision.ts';
import { hourWindow } from '../../lib/domain/limits.ts';
import type { Pepper } from '../../lib/domain/verifiers.ts';
import {
  BCRYPT_KEYS,
  DEBITED_KEY,
  LEASED_KEY_COUNT,
  LEASED_KEYS,
  LIMITED_KEY,
  ROTATED_KEYS,
  SLOW_KEYS,
} from './constants.ts';
import { keyNumber, seed, seededItem } from './keys.ts';

import type { Progress } from './progress.ts';

/** Returns the functions' environment variables for the tables with `size` keys. */
export function tablesOf(size: number) {
  return {
    KEYS_TABLE: `keys-${size}`,
    USAGE_TABLE: `usage-${size}`,
    AUDIT_TABLE: `audit-${size}`,
    SECURITY_TABLE: `security-${size}`,
  };
}

/**
 * Creates tables with `size` keys, plus key number 0, which warm validations use.
 * @param streams keeps the stream of the usage table. Writes to the embedded database, unlike those
 * to DynamoDB, take longer the more records the stream holds.
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
  await seed(`keys-${size}`, size + 1, pepper, progress);
}

async function disableStream(TableName: string): Promise<void> {
  const client = new DynamoDBClient();
  const StreamSpecification = { StreamEnabled: false };
  await client.send(new UpdateTableCommand({ TableName, StreamSpecification }));
  client.destroy();
}

/** Adds the keys that are reserved for single operations. */
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
  // No measurement reaches this limit, which is higher than the API allows.
  const unlimited = { rate_limit_per_hour: 1_000_000_000, allowed_ips: null };
  for (let i = 0; i < LEASED_KEY_COUNT; i++) await put(LEASED_KEYS + i, unlimited);
  // A run may last into the next hours, and the key must be over its limit in these too.
  const hours = [0, 1, 2].map((later) => hourWindow(new Date(Date.now() + later * 3_600_000)));
  await put(LIMITED_KEY, {
    rate_limit_per_hour: 10,
    ...Object.fromEntries(hours.map(({ counter }) => [counter, 10])),
  });
  const unknown = { pepper: 'an unknown version' };
  for (let i = 0; i < 2 * SLOW_KEYS; i++) {
    const text = keyNumber(BCRYPT_KEYS + i).text;
    // Each key needs its own hash, with the 12 rounds of a deployed stage.
    await put(BCRYPT_KEYS + i, {}, { ...unknown, hash: await hash(text, 12) });
    progress('hashing keys for bcrypt', (i + 1) / 2 / SLOW_KEYS);
  }
  client.destroy();
}
