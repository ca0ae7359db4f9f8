/** `thimble run`: boots a built image, or builds a configuration and boots that. */
import { Command, Option } from 'commander';
import { basename } from 'node:path';
import { type BoardName, boards } from '../boards/index.ts';
import type { Handset } from '../config/check.ts';
import { Focus } from '../control/focus.ts';
import type { PanelDoors } from '../control/handset-panel.ts';
import { listen, type Listener, PORT_FIRST } from '../control/listener.ts';
import { type ControlOptions, openControl } from '../control/open-control.ts';
import { ownFolder, sessionFolder } from '../control/session-file.ts';
import type { BuiltImage } from '../handset/build-handset.ts';
import { imageFromFile } from '../handset/image-from-file.ts';
import { boot } from '../handset/launch.ts';
import { defaultConfig, fromCaller } from '../project.ts';
import { PanelSockets } from '../qemu/panel-sockets.ts';
import { Refusal } from '../refusal.ts';
import { ensureSystemPackages } from '../setup/index.ts';
import { attend } from '../terminal/attend.ts';
import { buildFromConfig } from './build-from-config.ts';
import { check } from './check.ts';
import { portNumber, seconds, wholeNumber } from './numbers.ts';
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
  readonly port?: number;
  /** Makes the handset's disk anew. */
  readonly newDisk?: boolean;
  /** False: nothing listens, neither for a browser nor for the command line. */
  readonly web?: boolean;
}

/** By what the handset is called afterwards: its configuration's or its image's file, without what all of them end in. */
function handsetName(file: string): string {
  return basename(file).replace(/(\.config)?\.(ts|mts|js|mjs|img)$/, '');
}

async function checkImage(image: BuiltImage, { timeout, newDisk }: Pick<RunOptions, 'timeout' | 'newDisk'>): Promise<void> {
  const running = await boot(image, { progress, newDisk });
  const hypervisorBytes = image.hypervisor?.flatBytes ?? null;
  process.exitCode = await check(running, image.handset, { timeoutMs: timeout * 1000, hypervisorBytes });
}

/** Without them the handset runs all the same: null, after a word about why. */
async function panelSockets(): Promise<PanelSockets | null> {
  try {
    return await PanelSockets.create(await ownFolder(sessionFolder()));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    progress(`the panel is out of reach of a browser: ${error.message}`);
    return null;
  }
}

function describePanel({ machines, panel }: Handset, doors: PanelDoors): ControlOptions['panel'] {
  const screens = machines.flatMap(({ name, screen }, index) => (screen ? [{ name, index }] : []));
  return panel && { ...panel, screens, doors };
}

async function attendImage(image: BuiltImage, source: string, listener: Listener | null, newDisk: boolean): Promise<void> {
  const { board, machines } = image.handset;
  const sockets = listener && image.handset.panel && (await panelSockets());
  const running = await boot(image, { progress, newDisk, panelSockets: sockets?.paths });
  const focus = new Focus();
  const panel = sockets && describePanel(image.handset, sockets);
  const description = { name: handsetName(source), board: board.name, startedAtMs: Date.now(), machines, panel, warn: progress };
  const control = listener && (await openControl(listener, running, focus, description));
  let reason = 'the handset has failed';
  try {
    await attend(running, machines, { focus, address: control?.address ?? null, hasPanel: panel !== null });
    reason = 'the handset is off';
  } catch (error) {
    if (error instanceof Refusal) reason = error.message;
    throw error;
  } finally {
    await control?.close(reason);
    sockets?.remove();
  }
}

/** Boots `image` and stays with it; sets the exit status. `source` is the file that it comes from. */
export async function runImage(image: BuiltImage, source: string, options: RunOptions): Promise<void> {
  if (options.check) {
    await checkImage(image, options);
    return;
  }
  // Before it boots, so that a busy port costs nothing.
  const listener = options.web === false ? null : await listen(options.port);
  try {
    await attendImage(image, source, listener, options.newDisk ?? false);
  } finally {
    listener?.server.close();
  }
  process.stderr.write('thimble: the handset is off\n');
}

async function run(file: string | undefined, options: RunOptions): Promise<void> {
  if (file === undefined) {
    const board = [options.board, options.cpu, options.cpus, options.memory];
    if (board.some((choice) => choice !== undefined)) {
      throw new Refusal('--board, --cpu, --cpus and --memory go with a FILE; a configuration names its own board');
    }
    await runImage(await buildFromConfig(options), options.config ?? defaultConfig, options);
    return;
  }
  if (options.config !== undefined) throw new Refusal('give a FILE or --config, not both');
  const { board, cpu, cpus, memory: memoryMib } = options;
  await ensureSystemPackages({ progress });
  await runImage(await imageFromFile(fromCaller(file), { board, cpu, cpus, memoryMib }), file, options);
}

export function newDiskOption(): Option {
  return new Option('--new-disk', "make the handset's disk anew first: what is on it is lost");
}

export function timeoutOption(): Option {
  return new Option('-t, --timeout <seconds>', 'how long --check waits').argParser(seconds).default(CHECK_TIMEOUT_SECONDS);
}

/** `--port` and `--no-web`. */
export function webOptions(): readonly Option[] {
  return [
    new Option('-p, --port <port>', `the page's port (default: the first free one from ${String(PORT_FIRST)} on)`).argParser(portNumber),
    new Option('--no-web', 'without the page, and out of reach of ps, console and the like'),
  ];
}

export function runCommand(): Command {
  const command = new Command('run')
    .description('boot a handset')
    .argument('[file]', 'a file that `thimble build` wrote (default: build the configuration)')
    .option('-c, --config <file>', 'the configuration (default: handset.config.ts)')
    .addOption(new Option('--board <name>', "the FILE's board").choices(Object.keys(boards)))
    .option('--cpu <model>', "the board's CPU model")
    .option('--cpus <count>', "the board's CPUs", wholeNumber)
    .option('--memory <MiB>', "the board's memory", wholeNumber)
    .option('--check', 'without a terminal: wait until every machine is ready, report, power off')
    .addOption(timeoutOption())
    .addOption(newDiskOption())
    .action(run);
  for (const option of webOptions()) command.addOption(option);
  return command;
}
