/** `thimble test`: the whole check, or the named parts of it. */
import { Argument, Command } from 'commander';
import { ensureGuestFiles, ensureSystemPackages } from '../setup/index.ts';
import { checkSize, checkTypes, lint, runTests } from '../testing/check-steps.ts';
import { isSuccess, type Outcome, single, sum } from '../testing/outcome.ts';
import { coloursFor } from '../terminal/colours.ts';
import { progress } from './progress.ts';

interface Part {
  readonly name: string;
  readonly title: string;
  readonly run: () => Promise<Outcome>;
}

/** Where there is no browser to be had, the scenario that needs it fails, and says so; the others run. */
async function scenarios(): Promise<Outcome> {
  await ensureSystemPackages({ progress, browser: true }).catch((error: unknown) => {
    progress(error instanceof Error ? error.message : String(error));
  });
  return runTests('scenarios');
}

/** In the order they run: what is quick and likely to fail first. */
const PARTS: readonly Part[] = [
  { name: 'types', title: 'type checks', run: () => checkTypes(progress) },
  { name: 'lint', title: 'lint', run: () => lint(progress) },
  { name: 'tidy', title: 'how the tree reads', run: () => runTests('tidy') },
  { name: 'compiler', title: 'the compiler', run: () => runTests('compiler') },
  { name: 'tool', title: 'the host tool', run: () => runTests('tool') },
  { name: 'web', title: 'the page', run: () => runTests('web') },
  { name: 'hypervisor', title: "the hypervisor's logic, compiled for this machine", run: () => runTests('hypervisor') },
  { name: 'device-machine', title: 'the device machine, compiled for this machine', run: () => runTests('device-machine') },
  { name: 'guests', title: 'the guest programs', run: () => runTests('guests') },
  { name: 'scenarios', title: 'whole systems under QEMU', run: scenarios },
  { name: 'size', title: "the image's size budget", run: () => checkSize(progress) },
];

async function test(names: readonly string[]): Promise<void> {
  const parts = names.length === 0 ? PARTS : PARTS.filter(({ name }) => names.includes(name));
  await ensureSystemPackages({ progress, debug: true, tests: true });
  await ensureGuestFiles({ progress });
  const results: (readonly [Part, Outcome, number])[] = [];
  for (const [index, part] of parts.entries()) {
    heading(`[${String(index + 1)}/${String(parts.length)}] ${part.name}: ${part.title}`);
    const start = performance.now();
    results.push([part, await outcomeOf(part), (performance.now() - start) / 1000]);
  }
  process.stdout.write('\n');
  for (const [{ name }, { passed, failed }, seconds] of results) {
    const counts = `${String(passed).padStart(6)} passed ${String(failed).padStart(4)} failed`;
    process.stdout.write(`${name.padEnd(15)}${counts} ${seconds.toFixed(0).padStart(5)} s\n`);
  }
  const total = sum(results.map(([, outcome]) => outcome));
  process.stdout.write(`\n${String(total.passed)} passed, ${String(total.failed)} failed\n`);
  if (!isSuccess(total)) process.exitCode = 1;
}

/** A part that cannot even run is a failure like any other: the parts after it still run. */
async function outcomeOf(part: Part): Promise<Outcome> {
  try {
    return await part.run();
  } catch (error) {
    process.stdout.write(`${part.name}: ${error instanceof Error ? error.message : String(error)}\n`);
    return single(false);
  }
}

function heading(text: string): void {
  process.stdout.write(`\n${coloursFor(process.stdout).bold(text)}\n`);
}

export function testCommand(): Command {
  const part = new Argument('[parts...]', 'run only these').choices(PARTS.map(({ name }) => name));
  return new Command('test')
    .description('run every check: types, lint, tests, whole systems, size')
    .addArgument(part)
    .action(test);
}
