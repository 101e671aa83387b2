import { Child } from '../../bench/child.ts';
import { quantile, sum } from '../../bench/statistics.ts';
import type { FaultProxy } from '../../support/proxy.ts';
import { type Attack, callsIn } from '../attack.ts';
import type { AttackerTask, Flooded } from './attacker.ts';
import { prepareBystander } from './bystander.ts';
import type { Heap, ServiceTask, Serving } from './service.ts';

/** Requests after which the process has compiled its code and opened its connections. */
const WARM_UP = 200;
const CONNECTIONS = 8;
/** The most that a process may keep of an attack: its caches are full after 10,000 keys. */
const MAX_GROWTH_MB = 24;
const TSX = ['--import', 'tsx'];

/** The dependencies, through proxies that count, and the admin token that they hold. */
export interface Dependencies {
  readonly dynamodb: FaultProxy;
  readonly secrets: FaultProxy;
  readonly token: string;
}

/** The number of requests to a dependency, and the most that there may be. */
interface Counted {
  readonly calls: number;
  readonly most: number;
}

export interface Measured {
  readonly id: string;
  readonly statuses: Flooded['statuses'];
  readonly seconds: number;
  readonly dynamodb: Counted;
  readonly secrets: Counted;
  readonly heapMb: readonly [before: number, after: number];
  readonly bystanderMs: readonly [median: number, p99: number];
  /** The bounds that were exceeded. */
  readonly faults: readonly string[];
}

/** Starts a service and an attacker, and measures the attack. */
export async function measureAttack(
  { id, status, dynamodb, secrets }: Attack,
  requests: number,
  dependencies: Dependencies,
): Promise<Measured> {
  const env: Record<string, string> = {
    AWS_ENDPOINT_URL_DYNAMODB: dependencies.dynamodb.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: dependencies.secrets.url,
    KEY_ENVIRONMENTS: 'production',
    USAGE_AUTH: id.startsWith('open-') ? 'open' : 'required',
  };
  const service = await Child.start<ServiceTask>('test/abuse/flood/service.ts', [], env, [
    '--expose-gc',
    ...TSX,
  ]);
  const attacker = await Child.start<AttackerTask>('test/abuse/flood/attacker.ts', [], {}, TSX);
  try {
    const { token } = dependencies;
    const heap = async () => (await service.perform<Heap>({ kind: 'measure-heap' })).heapMb;
    const { url } = await service.perform<Serving>({ kind: 'serve' });
    await attacker.perform({ kind: 'prepare', id, url, token });
    const flood = (count: number) =>
      attacker.perform<Flooded>({ kind: 'flood', requests: count, connections: CONNECTIONS });
    await flood(WARM_UP);
    const startBystander = await prepareBystander(url, token);
    const before = await heap();
    const countCalls = [dependencies.dynamodb, dependencies.secrets].map(startCount);
    const stopBystander = startBystander();
    const { seconds, statuses } = await flood(requests);
    const { milliseconds, refused } = await stopBystander();
    const [toDynamodb = 0, toSecrets = 0] = countCalls.map((count) => count());
    const after = await heap();
    const answered = sum(Object.values(statuses), (count) => count);
    const most = (bound: Attack['dynamodb']) => callsIn(bound, answered, seconds, CONNECTIONS);
    const measured = {
      id,
      statuses,
      seconds,
      // Each of the bystander's validations is one request.
      dynamodb: { calls: toDynamodb - milliseconds.length, most: most(dynamodb) },
      secrets: { calls: toSecrets, most: most(secrets) },
      heapMb: [before, after],
      bystanderMs: [quantile(milliseconds, 0.5), quantile(milliseconds, 0.99)],
    } as const;
    const faults = [
      measured.dynamodb.calls > measured.dynamodb.most && 'requests to DynamoDB',
      measured.secrets.calls > measured.secrets.most && 'requests to Secrets Manager',
      after - before > MAX_GROWTH_MB && `memory: more than ${MAX_GROWTH_MB} MB`,
      statuses[status] !== answered && `answers: not all ${status}`,
      refused > 0 && `bystander: ${refused} refused`,
    ].filter((fault) => fault !== false);
    return { ...measured, faults };
  } finally {
    await attacker.stop();
    await service.stop();
  }
}

/** @returns a function that returns the number of requests since */
function startCount({ actions, inputs }: FaultProxy): () => number {
  actions.length = 0;
  inputs.length = 0;
  return () => actions.length;
}
