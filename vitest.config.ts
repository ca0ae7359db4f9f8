/**
 * How the tests of each workspace run. `npm test` runs the projects one after another and adds up their results.
 */
import { defineConfig } from 'vitest/config';

/** Compiling a program takes a second or two on an idle machine, and a test machine is never idle. */
const COMPILE_TIMEOUT_MS = 120_000;
/** A scenario boots whole systems on an emulated processor. */
const SCENARIO_TIMEOUT_MS = 300_000;

function project(name: string, include: string, timeoutMs: number, exclude: readonly string[] = []) {
  return {
    test: {
      name,
      root: import.meta.dirname,
      include: [include],
      exclude: ['**/node_modules/**', ...exclude],
      testTimeout: timeoutMs,
      hookTimeout: timeoutMs,
      // Emulators take whole processors: two scenarios at a time would only be slower, and less steady.
      fileParallelism: name !== 'scenarios',
    },
  };
}

export default defineConfig({
  test: {
    projects: [
      project('tidy', 'tool/src/tidy/**/*.test.ts', COMPILE_TIMEOUT_MS),
      project('compiler', 'compiler/{src,test}/**/*.test.ts', COMPILE_TIMEOUT_MS),
      project('tool', 'tool/src/**/*.test.ts', COMPILE_TIMEOUT_MS, ['tool/src/tidy/**']),
      project('web', 'web/src/**/*.test.ts', COMPILE_TIMEOUT_MS),
      project('hypervisor', 'hypervisor/src/**/*.test.ts', COMPILE_TIMEOUT_MS),
      project('device-machine', 'device-machine/src/**/*.test.ts', COMPILE_TIMEOUT_MS),
      project('guests', 'guests/src/**/*.test.ts', COMPILE_TIMEOUT_MS),
      project('scenarios', 'scenarios/**/*.test.ts', SCENARIO_TIMEOUT_MS),
    ],
  },
});
