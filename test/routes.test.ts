import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { functionNames, routes } from '../lib/routes.ts';

const FUNCTIONS = join(process.cwd(), 'functions');

test('has one file for every function', () => {
  expect(readdirSync(FUNCTIONS).sort()).toEqual(functionNames.map((name) => `${name}.ts`).sort());
});

test.each(functionNames)('%s exports a handler', async (name) => {
  const { handler } = await import(`../functions/${name}.ts`);
  expect(handler).toEqual(expect.any(Function));
});

test('has no two routes for the same requests', () => {
  // API Gateway treats paths that differ only in the names of their parameters as the same.
  const taken = routes.map(({ method, path }) => `${method} ${path.replace(/\{\w+\}/g, '{}')}`);
  expect(taken).toEqual([...new Set(taken)]);
});
