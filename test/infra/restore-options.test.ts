import { describe, expect, test } from '@jest/globals';
import { readOptions } from '../../infra/restore/options.ts';
import { readStages } from '../../infra/stages.ts';
import { STAGE_SETTINGS } from '../support/project.ts';

const NOW = new Date('2026-11-28T08:00:00.000Z');
const TO = '2026-11-28T05:00:00Z';
const KEY = 'fb97fb21-91e2-5774-8ea5-f28e4b22a372';
const stages = readStages(STAGE_SETTINGS);
const read = (...args: string[]) => readOptions(args, stages, NOW);

describe('The restore command', () => {
  test('reads its arguments', () => {
    expect(read('--stage', 'test', '--to', TO)).toEqual({
      stage: stages.find(({ name }) => name === 'test'),
      to: new Date(TO),
      parts: ['keys', 'usage'],
      except: [],
      lostBy: undefined,
      from: undefined,
      isDryRun: false,
    });
    const all = ['--lost-by', '2026-11-28T06:00:00Z', '--except', KEY, '--only', 'keys'];
    all.push('--from', 'usage=u,keys=k,audit=a');
    expect(read('--stage', 'test', '--to', TO, '--dry-run', ...all)).toMatchObject({
      parts: ['keys'],
      except: [KEY],
      lostBy: new Date('2026-11-28T06:00:00Z'),
      from: { keys: 'k', usage: 'u', audit: 'a' },
      isDryRun: true,
    });
    expect(read('--help')).toBeUndefined();
  });

  test.each<[string[], string]>([
    [[], '--stage takes one of development, test, production'],
    [['--stage', 'live'], '--stage takes one of development, test, production'],
    [['--to', ''], '--to takes a time in UTC, such as 2026-11-28T05:00:00Z'],
    [['--to', '2026-11-28T05:00:00'], '--to takes a time in UTC'],
    [['--to', '2026-11-28T05:00:00.5Z'], '--to takes a time in UTC'],
    [['--to', '2026-02-31T05:00:00Z'], '--to takes a time in UTC'],
    [['--to', '2026-11-28T08:00:00Z'], '--to is in the future'],
    [['--lost-by', 'noon'], '--lost-by takes a time in UTC'],
    [['--lost-by', '2026-11-28T04:59:59Z'], '--lost-by is before --to'],
    [['--only', 'security'], '--only takes one of audit, keys, usage'],
    [['--except', 'hk_live_AbC***'], '--except takes the id of a key, which hk_live_AbC*** is not'],
    [['--from', 'keys=a,usage=b'], '--from takes keys=<table>,usage=<table>,audit=<table>'],
    [['--dry'], "Unknown option '--dry'"],
  ])('rejects %j', (args, message) => {
    const complete = args.length > 0 ? ['--stage', 'test', '--to', TO, ...args] : args;
    expect(() => read(...complete)).toThrow(message);
  });
});
