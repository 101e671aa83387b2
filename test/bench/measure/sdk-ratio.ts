import type { UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { hourWindow } from '../../../lib/domain/limits.ts';
import { keyNumber } from '../keys.ts';
import type { Bench } from '../setup.ts';
import { median, round } from '../statistics.ts';

const ROUNDS = 15;
const CALLS = 400;
const WARM_UP_CALLS = 2000;

/**
 * Compares the CPU time of a warm validation with that of its UpdateItem sent by the SDK alone.
 * Each runs in its own process, and they alternate, so that other load on the machine affects both.
 */
export async function measureSdkRatio({ start, progress }: Bench) {
  const [validating, sdkOnly] = [await start(1_000), await start(1_000)];
  const input: UpdateItemCommandInput = {
    TableName: 'keys-1000',
    Key: { key_id: { S: keyNumber(0).keyId } },
    UpdateExpression: 'SET last_used_at = :now ADD #hour :one',
    ConditionExpression: 'version = :version AND (attribute_not_exists(#hour) OR #hour < :limit)',
    ExpressionAttributeNames: { '#hour': hourWindow(new Date()).counter },
    ExpressionAttributeValues: {
      ':now': { S: new Date().toISOString() },
      ':one': { N: '1' },
      ':version': { N: '1' },
      ':limit': { N: '10000000' },
    },
    ReturnValues: 'UPDATED_NEW',
  };
  const measureRound = async (count: number) => {
    const sdk = await sdkOnly.run({ operation: 'sdk-only', input, count });
    const warm = await validating.run({ operation: 'validate warm', count });
    return { sdk: sdk.cpuMs / count, warm: warm.cpuMs / count };
  };
  await measureRound(WARM_UP_CALLS);
  const rounds = [];
  while (rounds.length < ROUNDS) {
    rounds.push(await measureRound(CALLS));
    progress('comparing a warm validation with the SDK alone', rounds.length / ROUNDS);
  }
  return {
    sdkCpuMs: round(median(rounds.map(({ sdk }) => sdk)), 3),
    warmCpuMs: round(median(rounds.map(({ warm }) => warm)), 3),
    cpuRatio: round(median(rounds.map(({ sdk, warm }) => warm / sdk))),
  };
}
