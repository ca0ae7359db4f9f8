#!/usr/bin/env tsx
/**
 * The command `thimble`. Each of its commands is a file in commands/.
 */
import { Command } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { benchCommand } from './commands/bench.ts';
import { buildCommand } from './commands/build.ts';
import { consoleCommand } from './commands/console.ts';
import { debugCommand } from './commands/debug.ts';
import { documentsCommand } from './commands/documents.ts';
import { inspectCommand } from './commands/inspect.ts';
import { focusCommand, pauseCommand, resetCommand, resumeCommand, stopCommand } from './commands/machine-orders.ts';
import { psCommand } from './commands/ps.ts';
import { runCommand } from './commands/run.ts';
import { screenshotCommand } from './commands/screenshot.ts';
import { sizeCommand } from './commands/size.ts';
import { startCommand } from './commands/start.ts';
import { testCommand } from './commands/test.ts';
import { topCommand } from './commands/top.ts';
import { endOnInterruption } from './interruption.ts';
import { Refusal, systemReason } from './refusal.ts';

/** What a person is told of an error: never a stack trace, unless THIMBLE_DEBUG asks for one. */
function explanation(error: unknown): string {
  if (process.env['THIMBLE_DEBUG'] && error instanceof Error) return error.stack ?? error.message;
  if (error instanceof Refusal) return error.message;
  if (!(error instanceof Error)) return String(error);
  const reason = systemReason(error);
  const { path } = error as NodeJS.ErrnoException;
  if (reason !== null) return `${path ? `${path}: ` : ''}${reason}`;
  return `a defect of the tool: ${error.message} (THIMBLE_DEBUG=1 shows where)`;
}

const thimble = new Command('thimble')
  .version(manifest.version, '-v, --version', 'print the version')
  .description('A bare-metal hypervisor for ARM handsets, in TypeScript')
  .showHelpAfterError('(--help lists what there is)')
  .addCommand(startCommand())
  .addCommand(buildCommand())
  .addCommand(runCommand())
  .addCommand(psCommand())
  .addCommand(topCommand())
  .addCommand(consoleCommand())
  .addCommand(stopCommand())
  .addCommand(resetCommand())
  .addCommand(pauseCommand())
  .addCommand(resumeCommand())
  .addCommand(focusCommand())
  .addCommand(screenshotCommand())
  .addCommand(inspectCommand())
  .addCommand(sizeCommand())
  .addCommand(benchCommand())
  .addCommand(debugCommand())
  .addCommand(testCommand())
  .addCommand(documentsCommand());
// Settings are inherited only by commands that are made in place.
for (const command of thimble.commands) command.showHelpAfterError(`(thimble ${command.name()} --help tells more)`);

endOnInterruption();
try {
  await thimble.parseAsync();
} catch (error) {
  const lines = explanation(error).split('\n');
  process.stderr.write(lines.map((line, index) => `${index === 0 ? 'thimble: ' : '  '}${line}\n`).join(''));
  process.exitCode = error instanceof Refusal ? error.exitStatus : 1;
}
