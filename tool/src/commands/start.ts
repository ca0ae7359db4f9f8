/**
 * `thimble start`: everything from a fresh system to a running handset; with a machine's name, that machine of a handset which
 * runs already.
 */
import { Command, Option } from 'commander';
import { boards } from '../boards/index.ts';
import { defaultConfig } from '../project.ts';
import { buildFromConfig } from './build-from-config.ts';
import { handsetOption, jsonOption, type ControlOptions } from './control-options.ts';
import { orderMachine } from './machine-orders.ts';
import { newDiskOption, runImage, type RunOptions, timeoutOption, webOptions } from './run.ts';

/** The options that go with a machine; all others go without one. */
const MACHINE_OPTIONS = ['handset', 'json'];

/** The first option on the command line that does not go with, or without, a machine; null if all do. */
function misplacedOption(command: Command, withMachine: boolean): string | null {
  const given = command.options.filter((option) => command.getOptionValueSource(option.attributeName()) === 'cli');
  return given.find((option) => MACHINE_OPTIONS.includes(option.attributeName()) !== withMachine)?.long ?? null;
}

async function start(machine: string | undefined, options: RunOptions & ControlOptions, command: Command): Promise<void> {
  const misplaced = misplacedOption(command, machine !== undefined);
  if (misplaced !== null && machine === undefined) command.error(`error: ${misplaced} goes with a machine of a running handset: thimble start MACHINE`);
  if (misplaced !== null) command.error(`error: ${misplaced} goes without a machine: it is for booting a handset`);
  if (machine === undefined) await runImage(await buildFromConfig(options), options.config ?? defaultConfig, options);
  else await orderMachine('start', machine, options);
}

export function startCommand(): Command {
  const command = new Command('start')
    .description('install what is missing, build, and boot the handset; with a machine: start that one of a running handset')
    .argument('[machine]', 'a machine that does not run, of a handset that does')
    .option('-c, --config <file>', 'the configuration (default: handset.config.ts)')
    .addOption(new Option('-b, --board <name>', "another board than the configuration's").choices(Object.keys(boards)))
    .option('--check', 'without a terminal: wait until every machine is ready, report, power off')
    .addOption(timeoutOption())
    .addOption(newDiskOption());
  for (const option of [...webOptions(), handsetOption(), jsonOption()]) command.addOption(option);
  return command.action(start);
}
