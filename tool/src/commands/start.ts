/** `thimble start`: everything from a fresh system to a running handset. */
import { Command, Option } from 'commander';
import { boards } from '../boards/index.ts';
import { buildFromConfig } from './build-from-config.ts';
import { runImage, type RunOptions, timeoutOption } from './run.ts';

async function start(options: RunOptions): Promise<void> {
  await runImage(await buildFromConfig(options), options);
}

export function startCommand(): Command {
  return new Command('start')
    .description('install what is missing, build, and boot the handset')
    .option('-c, --config <file>', 'the configuration (default: handset.config.ts)')
    .addOption(new Option('-b, --board <name>', "another board than the configuration's").choices(Object.keys(boards)))
    .option('--check', 'without a terminal: wait until every machine is ready, report, power off')
    .addOption(timeoutOption())
    .action(start);
}
