/**
 * Launching a handset on QEMU: the call behind `start`, `run` and every system test.
 */
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Board } from '../boards/index.ts';
import type { HandsetConfig } from '../config/handset-config.ts';
import { consoleSockets } from '../devices/console-sockets.ts';
import { DEVICE_MACHINE, hasDevices, hasEntropy, hasUplink } from '../devices/device-machine.ts';
import { removeLeftBehind } from '../files/left-behind.ts';
import { buildFolder } from '../project.ts';
import { Refusal } from '../refusal.ts';
import { ensureDeviceTrees } from '../setup/index.ts';
import { commandLine, type EmulationOptions } from '../qemu/command-line.ts';
import { buildHandset, type BuildOptions, type BuiltImage } from './build-handset.ts';
import { readyDisk } from './new-disk.ts';
import { RunningHandset } from './running-handset.ts';

export interface LaunchOptions extends EmulationOptions, Omit<BuildOptions, 'output'> {
  /** Another CPU model than the handset's. */
  readonly cpu?: string | undefined;
  readonly cpus?: number | undefined;
  readonly memoryMib?: number | undefined;
  /** Makes the handset's disk anew, and loses what was on it. */
  readonly newDisk?: boolean | undefined;
}

/** The device tree that QEMU needs for the board, fetched if it is not there. */
async function deviceTreeOf({ deviceTree }: Board, progress: (line: string) => void): Promise<string | null> {
  if (deviceTree === null) return null;
  const { folder, release, names } = await ensureDeviceTrees({ progress });
  if (!names.includes(deviceTree)) throw new Refusal(`package ${release}: has no device tree ${deviceTree}`);
  return join(folder, deviceTree);
}

/** Boots a built image. */
export async function boot(image: BuiltImage, options: LaunchOptions = {}): Promise<RunningHandset> {
  const { handset } = image;
  const progress = options.progress ?? (() => undefined);
  const deviceTree = await deviceTreeOf(handset.board, progress);
  const size = {
    board: handset.board,
    cpu: options.cpu ?? handset.cpu,
    cpus: options.cpus ?? handset.cpus,
    memoryMib: options.memoryMib ?? handset.memoryMib,
  };
  if (options.newDisk && handset.disk === null) throw new Refusal('this handset has no disk that could be made anew');
  const folder = options.folder ?? image.folder ?? process.cwd();
  const disk = handset.disk === null ? undefined : await readyDisk(handset.disk, folder, { newDisk: options.newDisk, progress });
  const devices = {
    disk, panel: handset.panel ?? undefined, network: hasUplink(handset), entropy: hasEntropy(handset), consoles: await consoleSockets(handset, folder),
  };
  return new RunningHandset({
    machineNames: [...handset.machines.map(({ name }) => name), ...(hasDevices(handset) ? [DEVICE_MACHINE] : [])],
    elfFile: image.hypervisor?.elfFile ?? null,
    qemuArguments: commandLine(size, { kind: 'hypervisor', file: image.file, deviceTree }, { ...options, ...devices }),
  });
}

function isBuilt(subject: HandsetConfig | BuiltImage): subject is BuiltImage {
  return 'handset' in subject;
}

let launches = 0;

/** Builds (unless that is done) and boots a handset. Whoever launches it closes it or waits until it has ended. */
export async function launch(subject: HandsetConfig | BuiltImage, options: LaunchOptions = {}): Promise<RunningHandset> {
  if (isBuilt(subject)) return boot(subject, options);
  launches += 1;
  const folder = resolve(buildFolder, 'launched');
  const output = resolve(folder, `${String(process.pid)}-${String(launches)}.img`);
  await removeLeftBehind(folder, /^(\d+)-\d+\.img/);
  const image = await buildHandset(subject, { ...options, output });
  const running = await boot(image, options);
  // The file is this launch's own; QEMU has read it by the time it ends.
  const discard = (): Promise<void> => rm(image.file, { force: true });
  running.ended.then(discard, discard).catch(() => undefined);
  return running;
}
