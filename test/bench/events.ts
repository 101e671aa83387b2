import { randomInt, randomUUID } from 'node:crypto';
import { apiEvent } from '../support/api-event.ts';
import { streamRecord } from '../support/usage-log.ts';
import { BATCH_ENTRIES } from './constants.ts';
import { keyNumber } from './keys.ts';

const USAGE = {
  service_id: 'prediction',
  status_code: 200,
  response_time_ms: 12.5,
  predictions_count: 1,
  compute_ms: 7,
};

/** The number of endpoints that a key's entries name. */
const ENDPOINTS = 5;

/** Makes shard names unique to the process; otherwise its batches would count as repeats. */
const PROCESS = randomUUID();

export const validationOf = (apiKey: string) =>
  apiEvent('POST', '/api/v1/keys/validate', {
    headers: { 'x-api-key': apiKey },
    body: { service_id: 'prediction', required_scope: 'predict' },
  });

export const asAdmin = (adminToken: string) => ({ authorization: `Bearer ${adminToken}` });

export const usageReport = (path: string, key: number, adminToken: string) =>
  apiEvent('POST', path, {
    headers: asAdmin(adminToken),
    keyId: keyNumber(key).keyId,
    body: { ...USAGE, endpoint: '/v1/predict', idempotency_key: randomUUID() },
  });

/** Returns stream batch number `i`: new log entries of `keys` keys, in random order. */
export function streamBatch(i: number, keys: number) {
  const at = new Date().toISOString();
  const Records = Array.from({ length: BATCH_ENTRIES }, (_, j) => {
    const name = `report#${randomUUID()}`;
    return streamRecord(i * BATCH_ENTRIES + j + 1, {
      ...USAGE,
      key_id: keyNumber(randomInt(keys)).keyId,
      name,
      charge: 'record',
      at,
      request_id: name,
      endpoint: `/v1/predict/${randomInt(ENDPOINTS)}`,
    });
  });
  return { Records, shardId: `${PROCESS} ${keys}` };
}
