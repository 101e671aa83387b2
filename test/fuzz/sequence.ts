import { setTimeout as delay } from 'node:timers/promises';
import { matchRoute } from '../../lib/http/routing.ts';
import { findLeaks } from '../support/leaks.ts';
import { checkAnswer, isParsersRefusal, issuedTo, type Read } from './checks.ts';
import { type Draft, fillInDraft, isWellFormed, toBytes } from './draft.ts';
import { bodyOf, toEvent } from './event.ts';
import { Finding } from './finding.ts';
import { type Answer, exchange } from './http.ts';
import { Model } from './model.ts';
import type { Known } from './names.ts';
import type { Target } from './target.ts';

/** Is told of each answer, and of what there was instead. */
export type Tally = (operation: string, outcome: string) => void;

/** The request that each sequence begins with, so that there is a key. */
const CREATE: Draft = {
  method: 'POST',
  target: '/api/v1/keys',
  headers: [['Authorization', 'Bearer @admin@']],
  body: '{"name":"a","service_id":"prediction","rate_limit_per_hour":10,"monthly_prediction_limit":10}',
  framing: 'length',
  version: 'HTTP/1.1',
  changes: [],
  times: 1,
  event: undefined,
};

/**
 * Sends requests one after the other, and checks each answer, what is logged and what is stored.
 * @throws Finding
 */
export async function runSequence(drafts: readonly Draft[], target: Target, tally: Tally) {
  await target.revive();
  const known: Known = { ...target.tokens, keys: [], ids: [], cursor: '' };
  const model = new Model();
  const requestIds: string[] = [];
  let isModelled = true;
  const sent = async (draft: Draft) => {
    const filled = fillInDraft(draft, known);
    const once = () => (filled.event ? invoke : send)(filled, target);
    for (const { read, answer } of await Promise.all(Array.from({ length: draft.times }, once))) {
      const operation = operationOf(read);
      tally(operation, answer ? String(answer.status) : 'not answered');
      if (answer && !isParsersRefusal(answer)) {
        requestIds.push(answer.headers['x-request-id'] ?? '');
        if (!filled.event?.impossible) checkAnswer(read, answer, known);
        learn(operation, read, answer, known, model, target.issued);
      } else if (/^(POST|PATCH|DELETE)/.test(operation)) {
        // What follows a whole request may be malformed: it is carried out, and its answer is lost.
        isModelled = false;
        if (/keys$|rotate$/.test(operation)) target.unanswered++;
      }
    }
  };
  for (const [index, draft] of [CREATE, ...drafts].entries()) {
    try {
      await sent(draft);
    } catch (error) {
      if (error instanceof Finding) error.after = index;
      target.unanswered += draft.times;
      throw error;
    }
  }
  await checkAlive(target);
  await checkLog(requestIds, known, target);
  if (isModelled) await model.check();
}

function operationOf({ method, target }: Read): string {
  const [path = ''] = target.split('?');
  const route = matchRoute(method, path)?.route;
  return route ? `${route.method} ${route.path}` : 'elsewhere';
}

interface Sent {
  readonly read: Read;
  /** Undefined if the request was refused without an answer. */
  readonly answer: Answer | undefined;
}

async function send(draft: Draft, target: Target): Promise<Sent> {
  const bytes = toBytes(draft);
  const isWhole = isWellFormed(draft);
  const outcome = await exchange(target.port, bytes, isWhole);
  const read = readOf(draft, bytes);
  if (outcome.kind === 'hung') throw new Finding('gave no answer within 4 s', true);
  if (outcome.kind === 'closed') {
    if (isWhole) throw await closed(target);
    return { read, answer: undefined };
  }
  const { answer } = outcome;
  if (isWhole && isParsersRefusal(answer))
    throw new Finding(`refused by the parser: ${answer.status}`);
  return { read, answer };
}

/** A process that ends because of a rejected promise does so after it has answered. */
async function checkAlive(target: Target): Promise<void> {
  const bytes = Buffer.from('GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  const { kind } = await exchange(target.port, bytes, true);
  if (kind === 'closed') throw await closed(target);
}

/** Returns the finding of a connection that was closed, whose reason may become known later. */
async function closed(target: Target): Promise<Finding> {
  for (let waited = 0; target.ended() === undefined && waited < 50; waited++) await delay(10);
  return new Finding(target.ended() ?? 'closed the connection without an answer');
}

async function invoke(draft: Draft, target: Target): Promise<Sent> {
  const { event: change } = draft;
  if (!change) throw new Error('A draft without an event');
  const { name, event } = toEvent(draft, change, target.now());
  const read = { ...draft, body: bodyOf(event) };
  const began = performance.now();
  const result = await target.invoke(name, event).catch((error: Error) => {
    // Lambda and API Gateway answer it with a 500. An event that API Gateway never sends may cause it.
    if (change.impossible) return undefined;
    if (error instanceof Finding) throw error;
    throw new Finding(`${name} threw ${error.message}`);
  });
  if (performance.now() - began > 4_000) throw new Finding('gave no answer within 4 s', true);
  return { read, answer: result === undefined ? undefined : toAnswer(draft.method, result) };
}

/** Converts a function's result as API Gateway does. */
function toAnswer(method: string, result: unknown): Answer {
  const { statusCode, headers, body, isBase64Encoded } = result as {
    statusCode: number;
    headers: Record<string, string>;
    body?: string;
    isBase64Encoded?: boolean;
  };
  return {
    status: statusCode,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
    ),
    body: Buffer.from(method === 'HEAD' ? '' : (body ?? ''), isBase64Encoded ? 'base64' : 'utf8'),
  };
}

/** Returns a request as the parser reads its bytes. */
function readOf({ framing, headers, body: wanted }: Draft, bytes: Buffer): Read {
  const headEnd = bytes.indexOf('\r\n\r\n');
  const head = bytes.subarray(0, headEnd).toString('latin1');
  // The parser skips line ends before a request (RFC 9112, section 2.2).
  const [, method = '', target = ''] = /^[\r\n]*([^ ]*) +([^ \r\n]*)/.exec(head) ?? [];
  const length = Number(/\r\nContent-Length: *(\d+)/i.exec(head)?.[1] ?? 0);
  const isChunked = framing === 'chunked' || framing === 'long-extension';
  const body = isChunked
    ? Buffer.from(wanted, 'latin1')
    : bytes.subarray(headEnd + 4, headEnd + 4 + length);
  return { method, target, headers, body: body.toString() };
}

/** Keeps what later requests can name, and what the answer acknowledges. */
function learn(
  operation: string,
  { target }: Read,
  answer: Answer,
  known: Known,
  model: Model,
  issued: Target['issued'],
) {
  const { status, headers, body } = answer;
  if (status >= 300 || operation === 'elsewhere' || operation.includes('docs')) return;
  const cursor = /cursor=([\w-]+)/.exec(headers.link ?? '')?.[1];
  if (cursor) known.cursor = cursor;
  if (operation.startsWith('GET') || operation.startsWith('HEAD')) return;
  const acknowledged = JSON.parse(body.toString());
  model.note(operation, target.split('?')[0] ?? '', acknowledged);
  if (typeof acknowledged.api_key !== 'string') return;
  if (operation.endsWith('/validate')) return;
  known.keys.push(acknowledged.api_key);
  known.ids.push(acknowledged.key_id);
  issued.set(acknowledged.key_id, acknowledged.api_key);
}

/** @throws Finding if a line has a secret, or there is none for a request */
async function checkLog(requestIds: readonly string[], known: Known, { log }: Target) {
  for (const id of requestIds) {
    let lines = log.take(id);
    // The line of a process of its own may arrive after the answer.
    for (let waited = 0; lines.length === 0 && waited < 100; waited++) {
      await delay(10);
      lines = log.take(id);
    }
    if (lines.length === 0) throw new Finding(`logged nothing about the request ${id}`);
    const [leak] = findLeaks({ issued: issuedTo(known), lines, items: [] });
    if (leak) throw new Finding(`logged a secret: ${leak}`);
  }
}
