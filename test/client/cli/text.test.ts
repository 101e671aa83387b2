import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fit, harmless, widthOf } from '../../../client/src/cli/text.ts';

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
      const fitted = fit(text, width);
      expect(widthOf(fitted)).toBe(width);
      expect(fitted.trimEnd() === text.trimEnd() || fitted.includes('…')).toBe(true);
    }),
  );
});

test('leaves no character that a terminal obeys, and changes no other', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(harmless(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/);
    }),
  );
  expect(harmless('\u001b[31m日本\u202e')).toBe('\\u001b[31m日本\\u202e');
});
