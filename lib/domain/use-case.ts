/** What a key is used for. It recommends an hourly rate limit, and a band that limits should be in. */
export const USE_CASES = {
  interactive: { recommended: 1_000, band: { min: 100, max: 1_000 } },
  batch: { recommended: 10_000, band: { min: 5_000, max: 50_000 } },
  internal: { recommended: 50_000, band: { min: 10_000, max: 100_000 } },
  development: { recommended: 100, band: { min: 100, max: 100 } },
} as const;

export type UseCase = keyof typeof USE_CASES;

/** The hourly rate limit of a key that is created without a use case and a limit. */
const DEFAULT_LIMIT = 1_000;

/** Returns the hourly rate limit of a key that is created without one. */
export function recommendedLimit(useCase: UseCase | null): number {
  return useCase ? USE_CASES[useCase].recommended : DEFAULT_LIMIT;
}

export const USE_CASE_NAMES = Object.keys(USE_CASES) as UseCase[];
