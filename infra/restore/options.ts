import { parseArgs } from 'node:util';
import type { Stage } from '../stages.ts';
import { PARTS, type Part } from './tables.ts';

/** What the operator asks for. */
export interface Options {
  readonly stage: Stage;
  readonly to: Date;
  readonly parts: readonly Part[];
  readonly except: readonly string[];
  /** The time by which everything was lost; undefined: it is not known. */
  readonly lostBy: Date | undefined;
  /** Tables that something else has restored; undefined: the command restores them. */
  readonly from: Readonly<Record<Part, string>> | undefined;
  readonly isDryRun: boolean;
}

/**
 * Reads the arguments of the command.
 * @returns undefined if they ask for help
 * @throws Error naming the argument that is wrong
 */
export function readOptions(
  args: readonly string[],
  stages: readonly Stage[],
  now: Date,
): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      stage: { type: 'string' },
      to: { type: 'string', default: '' },
      only: { type: 'string' },
      except: { type: 'string', multiple: true, default: [] },
      'lost-by': { type: 'string' },
      from: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const stage = stages.find(({ name }) => name === values.stage);
  if (!stage) throw new Error(`--stage takes one of ${stages.map(({ name }) => name).join(', ')}`);
  const to = timeIn('--to', values.to, now);
  const { 'lost-by': by } = values;
  const lostBy = by === undefined ? undefined : timeIn('--lost-by', by, now);
  if (lostBy && lostBy < to) throw new Error('--lost-by is before --to');
  const wrong = values.except.find((id) => !KEY_ID.test(id));
  if (wrong !== undefined) throw new Error(`--except takes the id of a key, which ${wrong} is not`);
  return {
    stage,
    to,
    parts: partsIn(values.only),
    except: values.except,
    lostBy,
    from: tablesIn(values.from),
    isDryRun: values['dry-run'],
  };
}

/** A misspelt id would let the key come back. */
const KEY_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** @throws Error if it is no time to a whole second, as DynamoDB restores to, or is in the future */
function timeIn(option: string, text: string, now: Date): Date {
  const time = new Date(text);
  const isTime = !Number.isNaN(time.getTime()) && time.toISOString() === text.replace('Z', '.000Z');
  if (!isTime) throw new Error(`${option} takes a time in UTC, such as 2026-11-28T05:00:00Z`);
  if (time >= now) throw new Error(`${option} is in the future`);
  return time;
}

/** @throws Error if there is no such part */
function partsIn(only: string | undefined): Part[] {
  if (only === undefined) return ['keys', 'usage'];
  const part = (Object.keys(PARTS) as Part[]).find((one) => one === only);
  if (part) return [part];
  throw new Error(`--only takes one of ${Object.keys(PARTS).join(', ')}`);
}

/** @throws Error unless it names a table of each part, and nothing else */
function tablesIn(text: string | undefined): Record<Part, string> | undefined {
  if (text === undefined) return undefined;
  const named = Object.fromEntries(text.split(',').map((pair) => pair.split('=')));
  const parts = Object.keys(PARTS);
  if (parts.every((part) => named[part]) && Object.keys(named).length === parts.length)
    return named;
  throw new Error('--from takes keys=<table>,usage=<table>,audit=<table>');
}
