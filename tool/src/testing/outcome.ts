/** What a part of the whole check came to. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
}

export function sum(outcomes: readonly Outcome[]): Outcome {
  return {
    passed: outcomes.reduce((total, { passed }) => total + passed, 0),
    failed: outcomes.reduce((total, { failed }) => total + failed, 0),
  };
}

/** The outcome of something that is all right or not. */
export function single(passed: boolean): Outcome {
  return passed ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** Whether the whole may end with success: nothing failed, and something was tried. */
export function isSuccess({ passed, failed }: Outcome): boolean {
  return failed === 0 && passed > 0;
}
