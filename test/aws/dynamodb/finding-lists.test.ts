import { expect, test } from '@jest/globals';
import { chunksOf } from '../../../lib/aws/dynamodb/finding-lists.ts';
import { KEY_CHECKS, type KeyCheck } from '../../../lib/domain/posture.ts';

const AS_OF = '2026-11-23T18:30:00.000Z';
const key = (created_at: string, key_id: string) => ({ created_at, key_id });

test('sorts the keys of a millisecond, which the index returns in any order', () => {
  const found = ['5', '9', '1', '7'].map((id) => key(AS_OF, id));
  const unused = found.map((one) => ({ ...one, since: AS_OF }));
  const none = Object.fromEntries(KEY_CHECKS.map((check) => [check, []])) as Record<KeyCheck, []>;
  expect(chunksOf(AS_OF, { found: { ...none, no_scopes: found }, unused })).toEqual([
    {
      pk: `no_scopes#${AS_OF}`,
      sk: `${AS_OF} 1`,
      keys: ['9', '7', '5', '1'].map((id) => `${AS_OF} ${id}`).join('\n'),
    },
    {
      pk: `unused#${AS_OF}`,
      sk: `${AS_OF} 1`,
      keys: ['9', '7', '5', '1'].map((id) => `${AS_OF} ${id} ${AS_OF}`).join('\n'),
    },
  ]);
});
