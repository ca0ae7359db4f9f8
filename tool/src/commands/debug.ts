/**
 * `thimble debug`: gdb on the hypervisor, stopped before its first instruction, on TypeScript lines.
 *
 * The hypervisor's symbols are at its linked address. Until it has turned its MMU on it runs elsewhere, so only
 * hardware breakpoints set from here are reached afterwards; the first one is the function given with --break.
 */
import { spawn } from 'node:child_process';
import { openSync, writeSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { Command } from 'commander';
import { boot } from '../handset/launch.ts';
import type { RunningHandset } from '../handset/running-handset.ts';
import { givingCtrlCAway } from '../interruption.ts';
import { needProgram } from '../programs.ts';
import { buildFolder, projectRoot } from '../project.ts';
import { freePort } from '../qemu/loopback-port.ts';
import { refusing } from '../refusal.ts';
import { ensureSystemPackages } from '../setup/index.ts';
import { buildFromConfig } from './build-from-config.ts';
import { portNumber } from './numbers.ts';
import { progress } from './progress.ts';

interface DebugOptions {
  readonly config?: string;
  readonly port?: number;
  readonly break?: readonly string[];
}

const consoleLog = resolve(buildFolder, 'debug-consoles.log');

/** gdb owns the terminal: the consoles go to a file, each line at once. */
function logConsoles(running: RunningHandset): Promise<void> {
  return refusing(consoleLog, async () => {
    await mkdir(dirname(consoleLog), { recursive: true });
    const log = openSync(consoleLog, 'w');
    for (const console of [...running.consoles, running.hypervisor]) {
      console.onLine((line) => {
        writeSync(log, `${console.name} | ${line}\n`);
      });
    }
  });
}

function gdbArguments(elfFile: string, port: number, breaks: readonly string[], more: readonly string[]): string[] {
  const orders = [
    'set confirm off',
    'set pagination off',
    'set architecture aarch64',
    `directory ${projectRoot}`,
    `target remote 127.0.0.1:${String(port)}`,
    ...breaks.map((place) => `hbreak ${place}`),
  ];
  return ['-q', elfFile, ...orders.flatMap((order) => ['-ex', order]), ...more];
}

/** Runs gdb on the person's terminal; the result is its exit status. */
function runGdb(program: string, args: readonly string[]): Promise<number> {
  return new Promise((resolveStatus, reject) => {
    const gdb = spawn(program, args, { stdio: 'inherit' });
    const end = (): boolean => gdb.kill();
    process.once('exit', end);
    gdb.once('error', reject);
    gdb.once('close', (code) => {
      process.off('exit', end);
      resolveStatus(code ?? 1);
    });
  });
}

async function debug(more: readonly string[], options: DebugOptions): Promise<void> {
  await ensureSystemPackages({ progress, debug: true });
  const gdb = needProgram('gdb-multiarch');
  const port = await freePort(options.port ?? 0);
  const image = await buildFromConfig(options);
  const running = await boot(image, { gdbPort: port, paused: true, progress });
  try {
    await logConsoles(running);
    progress(`consoles go to ${relative(process.cwd(), consoleLog)}`);
    const args = gdbArguments(image.hypervisor.elfFile, port, options.break ?? [], more);
    const gdbEnds = givingCtrlCAway(() => runGdb(gdb, args));
    // A QEMU that cannot start is the reason to tell; gdb only says that nobody answers.
    const failed = new Promise<never>((_, reject) => {
      running.ended.catch(reject);
    });
    process.exitCode = await Promise.race([gdbEnds, failed]);
  } finally {
    await running.close();
  }
}

export function debugCommand(): Command {
  return new Command('debug')
    .description('boot a handset under gdb, stopped before the first instruction')
    .argument('[gdb-arguments...]', 'more for gdb, after --: for example -- -batch -ex continue -ex bt')
    .option('-c, --config <file>', 'the configuration (default: handset.config.ts)')
    .option('-p, --port <port>', 'the loopback port that QEMU listens on (default: any free one)', portNumber)
    .option(
      '-b, --break <place>',
      'a breakpoint: a function (stage2_map) or FILE.ts:LINE; may be repeated',
      (place: string, places: readonly string[] | undefined) => [...(places ?? []), place],
    )
    .action(debug);
}
