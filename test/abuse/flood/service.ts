import { createGateway, loadHandlers } from '../../../infra/local/gateway.ts';
import { listenLocally } from '../../../infra/local/listen.ts';
import { answerTasks } from '../../bench/answer-tasks.ts';

// The process under attack: the functions behind the local gateway, and nothing else.

export type ServiceTask = { readonly kind: 'serve' | 'measure-heap' };
export interface Serving {
  readonly url: string;
}
export interface Heap {
  readonly heapMb: number;
}

async function serve(): Promise<Serving> {
  return {
    url: await listenLocally(createGateway(await loadHandlers(), () => new Date())),
  };
}

/** Measures what is still used after a garbage collection, which `--expose-gc` allows. */
function measureHeap(): Heap {
  globalThis.gc?.();
  return { heapMb: process.memoryUsage().heapUsed / 2 ** 20 };
}

process.on('disconnect', () => process.exit());
answerTasks<ServiceTask>(async ({ kind }) => (kind === 'serve' ? serve() : measureHeap()));
