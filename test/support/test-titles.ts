import { readFileSync } from 'node:fs';
import { type CallExpression, type Expression, parseSync } from '@swc/core';

/**
 * Returns the titles of the tests in a file and of the blocks around them, as they are written:
 * with the `%s` of `test.each`, and the `${name}` of a template. A skipped test has none.
 */
export function testTitlesIn(file: string): string[] {
  const titles: string[] = [];
  visit(parseSync(readFileSync(file, 'utf8'), { syntax: 'typescript' }), (call) => {
    const title = call.arguments[0]?.expression;
    if (title && isTest(call.callee)) titles.push(...textOf(title));
  });
  return titles;
}

/** Visits every call in the syntax tree. */
function visit(node: unknown, see: (call: CallExpression) => void): void {
  if (typeof node !== 'object' || node === null) return;
  if ('type' in node && node.type === 'CallExpression') see(node as CallExpression);
  for (const part of Object.values(node)) visit(part, see);
}

/** Returns whether a call of this is that of `test`, `describe`, or their `each(…)`. */
function isTest(callee: CallExpression['callee']): boolean {
  if (callee.type === 'Identifier') return callee.value === 'test' || callee.value === 'describe';
  if (callee.type !== 'CallExpression') return false;
  const { callee: each } = callee;
  if (each.type !== 'MemberExpression' || each.property.type !== 'Identifier') return false;
  return each.property.value === 'each' && each.object.type === 'Identifier' && isTest(each.object);
}

function textOf(title: Expression): string[] {
  if (title.type === 'StringLiteral') return [title.value];
  if (title.type !== 'TemplateLiteral') return [];
  const [first, ...rest] = title.quasis.map(({ cooked }) => cooked ?? '');
  const names = title.expressions.map((part) => (part.type === 'Identifier' ? part.value : '…'));
  return [`${first}${rest.map((text, i) => `\${${names[i]}}${text}`).join('')}`];
}
