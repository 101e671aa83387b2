import { seeded } from '../../infra/capacity/seeded.ts';
import { growth, type Sample } from './memory.ts';
import { HELP, type Options, readOptions } from './options.ts';
import { Counts, describeFailure } from './report.ts';
import { drawSeeds, replay, search } from './search.ts';
import { type Service, startService } from './service.ts';
import { sweep } from './sweep.ts';

/** How many sequences run at a time, and in each lane between two looks at tables and memory. */
const LANES = 16;
const SEQUENCES = 25;
/** The search ends after this many findings. */
const ENOUGH = 5;
/** Caches that fill take about 100; a leak of one event or answer per request is more. */
const MOST_GROWTH = 500;

/** @returns the number of findings */
async function fuzz({ seed, requests }: Options, service: Service): Promise<number> {
  const counts = new Counts();
  const samples: Sample[] = [];
  const found: string[] = [];
  const random = seeded(seed);
  while (counts.requests < requests && found.length < ENOUGH) {
    const failures = await search(drawSeeds(random, LANES), SEQUENCES, service, counts.add);
    found.push(...failures.map(describeFailure));
    const swept = await sweep(service);
    // A sequence that failed may have left keys that it did not see acknowledged.
    if (failures.length === 0) found.push(...swept);
    const bytes = await service.heapUsed();
    samples.push({ requests: counts.requests, bytes });
    console.log(`${counts.requests} requests, heap ${(bytes / 1e6).toFixed(1)} MB`);
  }
  console.log(`\n${counts.lines().join('\n')}\n`);
  const slope = growth(samples);
  console.log(`The heap grew by ${slope.toFixed(0)} bytes per request in the second half.`);
  if (slope > MOST_GROWTH && samples.length >= 8) found.push('the heap grows');
  for (const finding of found) console.log(`\nFound: ${finding}`);
  return found.length;
}

/** @returns the number of findings */
async function replayOne(seed: number, path: string, service: Service): Promise<number> {
  const failure = await replay(seed, path, service);
  console.log(failure ? `Found: ${describeFailure(failure)}` : 'Found nothing.');
  return failure ? 1 : 0;
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options) {
    const { seed, path } = options;
    console.log(`Seed ${seed}`);
    const service = await startService();
    const found = await (path === undefined
      ? fuzz(options, service)
      : replayOne(seed, path, service));
    await service.stop();
    process.exitCode = found > 0 ? 1 : 0;
  } else {
    console.log(HELP);
  }
} catch (error) {
  console.error(error);
  process.exitCode = 2;
}
