/** A request and its answer, with every secret masked. */
export interface Exchange {
  /** Where it was made, such as the step of a case. */
  readonly place: string;
  readonly method: string;
  readonly url: string;
  readonly status: number;
  /** With names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** The result of a case. */
export interface Result {
  readonly name: string;
  /** Empty if the case passed. */
  readonly failures: readonly Failure[];
}

/** What was expected and what came instead, with every secret masked. */
export interface Failure {
  readonly place: string;
  readonly expected: readonly string[];
  readonly came: string;
}
