import { expect, test } from 'vitest';
import { countReport } from './vitest-report.ts';

interface FileResult {
  readonly status: 'passed' | 'failed';
  readonly assertionResults: readonly { readonly status: string }[];
}

function report(success: boolean, passed: number, failed: number, testResults: readonly FileResult[] = []): string {
  return JSON.stringify({ success, numPassedTests: passed, numFailedTests: failed, testResults });
}

test('passed and failed tests are taken as they are', () => {
  const file: FileResult = { status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'passed' }] };
  expect(countReport(report(true, 7, 0))).toEqual({ passed: 7, failed: 0 });
  expect(countReport(report(false, 1, 1, [file]))).toEqual({ passed: 1, failed: 1 });
});

test('a file that could not be loaded is a failure', () => {
  expect(countReport(report(false, 7, 0, [{ status: 'failed', assertionResults: [] }]))).toEqual({ passed: 7, failed: 1 });
});

test('a run without tests, with an error outside them, or without a report is a failure', () => {
  expect(countReport(report(true, 0, 0))).toEqual({ passed: 0, failed: 1 });
  expect(countReport(report(false, 3, 0))).toEqual({ passed: 3, failed: 1 });
  expect(countReport(null)).toEqual({ passed: 0, failed: 1 });
});
