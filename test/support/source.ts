import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CallExpression, type Expression, parseSync } from '@swc/core';

/** Returns the files of the code that is deployed. */
export function deployedFiles(): string[] {
  return ['lib', 'functions'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name)),
  );
}

/**
 * Returns the titles of the tests in a file and of the blocks around them, with the `%s` of
 * `test.each`. Tests that are skipped, and titles that are no plain text, are not among them.
 */
export function testTitlesIn(file: string): string[] {
  return callsIn(file).flatMap(({ callee, arguments: [title] }) =>
    title?.expression.type === 'StringLiteral' && isTest(callee) ? [title.expression.value] : [],
  );
}

/** Returns the names of the fields in a file's log lines. */
export function loggedFieldsIn(file: string): string[] {
  return callsIn(file).flatMap(({ callee, arguments: [, fields] }) =>
    fields && isLogger(callee) ? namesIn(fields.expression) : [],
  );
}

function callsIn(file: string): CallExpression[] {
  const calls: CallExpression[] = [];
  const visit = (node: unknown) => {
    if (typeof node !== 'object' || node === null) return;
    if ('type' in node && node.type === 'CallExpression') calls.push(node as CallExpression);
    for (const part of Object.values(node)) visit(part);
  };
  visit(parseSync(readFileSync(file, 'utf8'), { syntax: 'typescript' }));
  return calls;
}

/** Returns whether a call of this is that of `test`, `describe`, or their `each(…)`. */
function isTest(callee: CallExpression['callee']): boolean {
  if (callee.type === 'Identifier') return callee.value === 'test' || callee.value === 'describe';
  if (callee.type !== 'CallExpression') return false;
  const { callee: each } = callee;
  if (each.type !== 'MemberExpression' || each.property.type !== 'Identifier') return false;
  return each.property.value === 'each' && each.object.type === 'Identifier' && isTest(each.object);
}

function isLogger(callee: CallExpression['callee']): boolean {
  if (callee.type !== 'MemberExpression' || callee.object.type !== 'Identifier') return false;
  return callee.object.value === 'logger';
}

/** Returns the members of an object, and of those that it spreads. */
function namesIn(node: Expression): string[] {
  switch (node.type) {
    case 'ParenthesisExpression':
      return namesIn(node.expression);
    case 'BinaryExpression':
      return namesIn(node.right);
    case 'ObjectExpression':
      return node.properties.flatMap((property) => {
        if (property.type === 'SpreadElement') return namesIn(property.arguments);
        if (property.type === 'Identifier') return [property.value];
        return 'key' in property && property.key.type === 'Identifier' ? [property.key.value] : [];
      });
    default:
      return [];
  }
}
