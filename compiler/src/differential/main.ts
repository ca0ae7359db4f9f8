/**
 * A longer search than the tests make:
 *
 *     npx tsx compiler/src/differential/main.ts [--seed N] [--cases N] [--rounds N] [--native]
 *
 * Each round has a seed of its own, which is printed, so that a difference can be found again.
 */
import { parseArgs } from 'node:util';
import { expressionSize, sampleTrials, statementSize } from './case-arbitrary.ts';
import { mismatches, mismatchText, runAccepted, shrink } from './compare.ts';
import { nativeExecutor } from './native-executor.ts';
import { operatorTable } from './operator-table.ts';
import { wasmExecutor } from './wasm-executor.ts';
import type { Executor } from './executor.ts';
import type { Trial } from './case-arbitrary.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    cases: { type: 'string', default: '300' },
    rounds: { type: 'string', default: '1' },
    native: { type: 'boolean', default: false },
  },
});

const inputsEach = 30;

async function search(executor: Executor, candidates: readonly Trial[], what: string): Promise<number> {
  const begin = Date.now();
  const { trials, observed, refusals } = await runAccepted(executor, candidates);
  for (const { message } of refusals) console.log(message);
  const built = Date.now();
  const found = [...mismatches(executor.name, trials, observed)];
  const runs = observed.flat();
  const trapped = runs.filter((outcome) => outcome.kind === 'trap').length;
  console.log(`${what} on ${executor.name}: ${trials.length} cases, ${runs.length} runs, ${trapped} trapped, ${found.length} differ `
    + `(compiled and run in ${built - begin} ms, compared in ${Date.now() - built} ms)`);
  if (found.length > 0) console.log(mismatchText(await shrink(executor, found[0]!)));
  return found.length + refusals.length;
}

async function main(): Promise<void> {
  const executor = values.native ? nativeExecutor : wasmExecutor;
  const cases = Number(values.cases);
  let differences = await search(executor, operatorTable(), 'operator table');
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const seed = Number(values.seed) + round;
    differences += await search(executor, sampleTrials(expressionSize, cases, inputsEach, seed), `expressions, seed ${seed}`);
    differences += await search(executor, sampleTrials(statementSize, cases, inputsEach, seed), `statements, seed ${seed}`);
  }
  process.exitCode = differences === 0 ? 0 : 1;
}

await main();
