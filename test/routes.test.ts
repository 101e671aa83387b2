import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { functionNames, routes } from '../lib/routes.ts';

const FUNCTIONS = join(process.cwd(), 'functions');

test('every function is a route’s or a background one, and has one file', () => {
  expect(readdirSync(FUNCTIONS).sort()).toEqual(functionNames.map((name) => `${name}.ts`).sort());
});

test.each(functionNames)('%s exports a handler', async (name) => {
  const { handler } = await import(`../functions/${name}.ts`);
  expect(handler).toEqual(expect.any(Function));
});

test('no two routes take the same requests', () => {
  // To API Gateway paths that differ in the names of their parameters are the same.
  const taken = routes.map(({ method, path }) => `${method} ${path.replace(/\{\w+\}/g, '{}')}`);
  expect(taken).toEqual([...new Set(taken)]);
});
