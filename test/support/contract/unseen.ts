import { operations } from './document.ts';
import { featuresOf } from './features.ts';

/**
 * The features of the document that no test can show, with the reason. A feature that is shown
 * after all must not be here.
 */
const EXPECTED: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  { pattern: /^\S+ \S+ default$|^Gateway/, reason: 'API Gateway gives these answers by itself' },
  { pattern: /^\S+ \S+ 500$|^InternalError/, reason: 'only a defect of the service causes it' },
];

/**
 * Returns the features of the document that a whole run has not seen, and the reasons that have
 * become untrue.
 */
export function findUnseen(seen: ReadonlySet<string>): string[] {
  const features = new Set(operations.flatMap(featuresOf));
  const unseen = [...features].filter((feature) => !seen.has(feature));
  const unexpected = unseen.filter(
    (feature) => !EXPECTED.some(({ pattern }) => pattern.test(feature)),
  );
  const untrue = EXPECTED.filter(({ pattern }) => !unseen.some((feature) => pattern.test(feature)));
  return [
    ...unexpected.map((feature) => `never seen: ${feature}`),
    ...untrue.map(({ reason }) => `seen although it is listed as unseen: ${reason}`),
  ];
}
