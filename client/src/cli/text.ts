const SEGMENTS = new Intl.Segmenter();

/**
 * Characters that a terminal obeys or that reorder a line: C0, DEL and C1 controls, line separators
 * and those of bidirectional text (https://www.unicode.org/reports/tr9/#Directional_Formatting_Codes).
 */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** Characters of two columns: East Asian wide and full-width ones (UAX #11) and emoji. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u;

/** Returns a text with escapes in place of the characters that a terminal would obey. */
export function harmless(text: string): string {
  return text.replace(UNSAFE, (unsafe) => {
    const code = unsafe.charCodeAt(0).toString(16);
    return `\\u${code.padStart(4, '0')}`;
  });
}

/** Returns the columns of a terminal that a text takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const { segment } of SEGMENTS.segment(text)) width += WIDE.test(segment) ? 2 : 1;
  return width;
}

/** Returns the text with spaces up to a width, or cut with an ellipsis. */
export function fitTo(text: string, width: number): string {
  const missing = width - widthOf(text);
  if (missing >= 0) return text + ' '.repeat(missing);
  let cut = '';
  for (const { segment } of SEGMENTS.segment(text)) {
    if (widthOf(cut + segment) > width - 1) break;
    cut += segment;
  }
  return fitTo(`${cut}…`, width);
}
