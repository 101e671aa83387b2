import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { backgroundFunctions, routes } from '../lib/routes.ts';

const FUNCTIONS = join(process.cwd(), 'functions');

test('every route has one function of its own, and every other function is a background one', () => {
  const served = routes.map((route) => `${route.function}.ts`);
  const called = backgroundFunctions.map((name) => `${name}.ts`);
  expect(readdirSync(FUNCTIONS).sort()).toEqual([...served, ...called].sort());
});

test.each(routes)('$function exports a handler', async ({ function: name }) => {
  const { handler } = await import(`../functions/${name}.ts`);
  expect(handler).toEqual(expect.any(Function));
});

test('no two routes take the same requests', () => {
  // To API Gateway paths that differ in the names of their parameters are the same.
  const taken = routes.map(({ method, path }) => `${method} ${path.replace(/\{\w+\}/g, '{}')}`);
  expect(taken).toEqual([...new Set(taken)]);
});
