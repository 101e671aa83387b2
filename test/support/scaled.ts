/** Returns the first amount of work in the suite, and the second in `npm run test:long`. */
export const scaled = (suite: number, long: number) => (process.env.LONG_TESTS ? long : suite);
