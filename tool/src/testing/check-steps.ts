/**
 * The kinds of checks that the whole is made of: type checks, lint, tests, the size budget.
 *
 * Each says what it finds in its own words on the terminal, and gives numbers to add up.
 */
import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FLAT_BYTES_MAX } from '../commands/size.ts';
import { compiledHypervisor } from '../handset/build-handset.ts';
import { buildFolder, projectRoot } from '../project.ts';
import { type Outcome, single, sum } from './outcome.ts';
import { countReport } from './vitest-report.ts';

type Say = (line: string) => void;

/** Sources that are checked one at a time, with what tsc is told for each. */
const WORKSPACES: readonly (readonly [name: string, ...tsc: readonly string[]])[] = [
  ['abi', '-b', 'abi'],
  ['arm64', '-b', 'arm64'],
  ['compiler', '-b', 'compiler', 'compiler/test'],
  ['hypervisor', '-b', 'hypervisor', 'hypervisor/tsconfig.test.json'],
  ['device-machine', '-b', 'device-machine', 'device-machine/tsconfig.test.json'],
  ['guests', '-b', 'guests', 'guests/tsconfig.test.json'],
  ['tool', '-b', 'tool'],
  ['web', '-b', 'web', 'web/tsconfig.test.json'],
  ['scenarios', '-b', 'scenarios'],
  // Not -b: that would check all the others again, which it refers to.
  ['*.config.ts', '-p', 'tsconfig.json', '--noEmit'],
];

export async function checkTypes(say: Say): Promise<Outcome> {
  const outcomes: Outcome[] = [];
  for (const [name, ...parameters] of WORKSPACES) {
    say(`tsc ${name}`);
    outcomes.push(single(await run('tsc', parameters)));
  }
  return sum(outcomes);
}

export async function lint(say: Say): Promise<Outcome> {
  const { ESLint } = await import('eslint');
  const eslint = new ESLint({ cwd: projectRoot, errorOnUnmatchedPattern: false });
  const formatter = await eslint.loadFormatter('stylish');
  const outcomes: Outcome[] = [];
  for (const [name] of WORKSPACES) {
    say(`eslint ${name}`);
    const results = await eslint.lintFiles([name]);
    process.stdout.write(await formatter.format(results));
    outcomes.push(single(results.every(({ errorCount, warningCount }) => errorCount + warningCount === 0)));
  }
  return sum(outcomes);
}

/** Runs one project of vitest.config.ts. */
export async function runTests(project: string): Promise<Outcome> {
  const report = join(buildFolder, `test-report-${project}.json`);
  await mkdir(buildFolder, { recursive: true });
  await rm(report, { force: true });
  await run('vitest', [
    'run', `--project=${project}`, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`,
  ]);
  return countReport(existsSync(report) ? await readFile(report, 'utf8') : null);
}

export async function checkSize(say: Say): Promise<Outcome> {
  const { flatBytes } = await compiledHypervisor(say);
  say(`the flat image has ${String(flatBytes)} of at most ${String(FLAT_BYTES_MAX)} bytes`);
  return single(flatBytes <= FLAT_BYTES_MAX);
}

/** Runs one of the project's own npm programs; true where it found nothing wrong. */
async function run(program: string, parameters: readonly string[]): Promise<boolean> {
  const colours = process.stdout.isTTY ? {} : { NO_COLOR: '1' };
  const result = await execa(join(projectRoot, 'node_modules/.bin', program), parameters, {
    cwd: projectRoot,
    reject: false,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: colours,
  });
  return result.exitCode === 0;
}
