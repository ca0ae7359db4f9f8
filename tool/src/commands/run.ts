/** `thimble run`: boots a built image, or builds a configuration and boots that. */
import { Command, Option } from 'commander';
import { type BoardName, boards } from '../boards/index.ts';
import type { BuiltImage } from '../handset/build-handset.ts';
import { imageFromFile } from '../handset/image-from-file.ts';
import { boot } from '../handset/launch.ts';
import { fromCaller } from '../project.ts';
import { Refusal } from '../refusal.ts';
import { ensureSystemPackages } from '../setup/index.ts';
import { attend } from '../terminal/attend.ts';
import { buildFromConfig } from './build-from-config.ts';
import { check } from './check.ts';
import { seconds, wholeNumber } from './numbers.ts';
import { progress } from './progress.ts';

export const CHECK_TIMEOUT_SECONDS = 300;

export interface RunOptions {
  readonly config?: string;
  readonly board?: BoardName;
  readonly cpu?: string;
  readonly cpus?: number;
  readonly memory?: number;
  readonly check?: boolean;
  readonly timeout: number;
}

/** Boots `image` and stays with it; sets the exit status. */
export async function runImage(image: BuiltImage, options: Pick<RunOptions, 'check' | 'timeout'>): Promise<void> {
  const running = await boot(image, { progress });
  if (options.check) {
    const hypervisorBytes = image.hypervisor?.flatBytes ?? null;
    process.exitCode = await check(running, image.handset, { timeoutMs: options.timeout * 1000, hypervisorBytes });
    return;
  }
  await attend(running, image.handset.machines);
  process.stderr.write('thimble: the handset is off\n');
}

async function run(file: string | undefined, options: RunOptions): Promise<void> {
  if (file === undefined) {
    const board = [options.board, options.cpu, options.cpus, options.memory];
    if (board.some((choice) => choice !== undefined)) {
      throw new Refusal('--board, --cpu, --cpus and --memory go with a FILE; a configuration names its own board');
    }
    await runImage(await buildFromConfig(options), options);
    return;
  }
  if (options.config !== undefined) throw new Refusal('give a FILE or --config, not both');
  const { board, cpu, cpus, memory: memoryMib } = options;
  await ensureSystemPackages({ progress });
  await runImage(await imageFromFile(fromCaller(file), { board, cpu, cpus, memoryMib }), options);
}

export function timeoutOption(): Option {
  return new Option('-t, --timeout <seconds>', 'how long --check waits').argParser(seconds).default(CHECK_TIMEOUT_SECONDS);
}

export function runCommand(): Command {
  return new Command('run')
    .description('boot a handset')
    .argument('[file]', 'a file that `thimble build` wrote (default: build the configuration)')
    .option('-c, --config <file>', 'the configuration (default: handset.config.ts)')
    .addOption(new Option('--board <name>', "the FILE's board").choices(Object.keys(boards)))
    .option('--cpu <model>', "the board's CPU model")
    .option('--cpus <count>', "the board's CPUs", wholeNumber)
    .option('--memory <MiB>', "the board's memory", wholeNumber)
    .option('--check', 'without a terminal: wait until every machine is ready, report, power off')
    .addOption(timeoutOption())
    .action(run);
}
