/**
 * Counts what vitest's JSON reporter wrote.
 *
 * A file that could not be loaded has no tests to count, so it counts as one failure; so does a run that failed
 * without a failed test (an error outside any test), and one that found nothing to run.
 */
import { z } from 'zod';
import type { Outcome } from './outcome.ts';

const reportSchema = z.object({
  success: z.boolean(),
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) })),
});

/** `text` is null where vitest ended before it could write a report. */
export function countReport(text: string | null): Outcome {
  if (text === null) return { passed: 0, failed: 1 };
  const report = reportSchema.parse(JSON.parse(text));
  const unloadable = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed'),
  ).length;
  const passed = report.numPassedTests;
  const failed = report.numFailedTests + unloadable;
  const complete = failed > 0 || (report.success && passed > 0);
  return complete ? { passed, failed } : { passed, failed: 1 };
}
