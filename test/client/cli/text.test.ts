import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fitTo, harmless, widthOf } from '../../../client/src/cli/text.ts';

test.each([
  ['', 0],
  ['abc', 3],
  ['日本', 4],
  ['ｶﾅ', 2],
  ['👍', 2],
  ['👩‍👩‍👧', 2],
  ['é', 1],
])('takes %j for so many columns: %i', (text, width) => {
  expect(widthOf(text)).toBe(width);
});

test('fits every text to a width', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 2, max: 40 }), (text, width) => {
      const fitted = fitTo(text, width);
      expect(widthOf(fitted)).toBe(width);
      expect(fitted.trimEnd() === text.trimEnd() || fitted.includes('…')).toBe(true);
    }),
  );
});

test('leaves no character that a terminal obeys, and changes no other', () => {
  const obeyed = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(harmless(text)).not.toMatch(obeyed);
      expect(harmless(text) === text).toBe(!obeyed.test(text));
    }),
  );
  expect(harmless('a\u001b[31m日本\u202e')).toBe('a\\u001b[31m日本\\u202e');
});
