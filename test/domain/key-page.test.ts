import { expect, test } from '@jest/globals';
import { endingAtTime } from '../../lib/domain/key-page.ts';

/** Returns a page of keys, each named by its time and id: `2b` is key b of the second 2. */
function pageOf(names: string, next: string | undefined) {
  const keys = names.split(' ').flatMap((name) => (name ? [{ record: positionOf(name) }] : []));
  return { keys, next: next === undefined ? undefined : positionOf(next) };
}

function positionOf(name: string) {
  return { created_at: `2026-11-28T12:00:0${name[0]}.000Z`, key_id: name };
}

test.each([
  ['ends before the keys of its last millisecond', '3a 2b 2a 1c 1b', '1b', '3a 2b 2a', '2a'],
  ['ends before a single key', '2a 1a', '1a', '2a', '2a'],
  ['of one millisecond stays as it is', '1c 1b', '1b', '1c 1b', '1b'],
  ['that is the last stays as it is', '2a 1b 1a', undefined, '2a 1b 1a', undefined],
  ['without keys stays as it is', '', '1b', '', '1b'],
  ['without keys that is the last stays as it is', '', undefined, '', undefined],
])('a page %s', (_, keys, next, endedKeys, endedNext) => {
  expect(endingAtTime(pageOf(keys, next))).toEqual(pageOf(endedKeys, endedNext));
});
