import autocannon from 'autocannon';
import { answerTasks } from '../../bench/answer-tasks.ts';
import type { Attempt } from '../attack.ts';
import { ATTACKS } from '../attacks.ts';
import { OPEN_ATTACKS } from '../open-attacks.ts';
import { createTarget } from './target.ts';

// A process of its own, so that making the requests delays neither the service nor the bystander.

/** Ends an attack early, because an answer to a wrong admin token may take a second. */
const LONGEST_MS = 120_000;

export type AttackerTask =
  | { readonly kind: 'prepare'; readonly id: string; readonly url: string; readonly token: string }
  | { readonly kind: 'flood'; readonly requests: number; readonly connections: number };
export interface Flooded {
  readonly seconds: number;
  /** The number of answers by status; `failed` are those without one. */
  readonly statuses: Readonly<Record<string, number>>;
}

let url = '';
let attempt: ((i: number) => Attempt) | undefined;
let sent = 0;

async function prepare(id: string, at: string, token: string): Promise<object> {
  const attack = [...ATTACKS, ...OPEN_ATTACKS].find((one) => one.id === id);
  url = at;
  attempt = await attack?.prepare(createTarget(at, token));
  return {};
}

async function flood(requests: number, connections: number): Promise<Flooded> {
  const began = performance.now();
  const { statusCodeStats = {}, errors } = await applyLoad(requests, connections);
  const counts = Object.entries(statusCodeStats).map(([status, { count = 0 }]) => [status, count]);
  const statuses = Object.fromEntries([...counts, ...(errors > 0 ? [['failed', errors]] : [])]);
  return { seconds: (performance.now() - began) / 1000, statuses };
}

function applyLoad(amount: number, connections: number): Promise<autocannon.Result> {
  const setupRequest = (request: autocannon.Request) => ({ ...request, ...next() });
  return new Promise((resolve, reject) => {
    const options = { url, connections, amount, requests: [{ setupRequest }] };
    const load = autocannon(options, (error, result) => (error ? reject(error) : resolve(result)));
    setTimeout(() => load.stop(), LONGEST_MS).unref();
  });
}

/** Returns the next request as autocannon takes it. */
function next() {
  if (!attempt) throw new Error('The attack is not prepared');
  const { method, path, headers, body } = attempt(sent++);
  return {
    method: method as 'GET',
    path,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  };
}

process.on('disconnect', () => process.exit());
answerTasks<AttackerTask>((task) =>
  task.kind === 'prepare'
    ? prepare(task.id, task.url, task.token)
    : flood(task.requests, task.connections),
);
