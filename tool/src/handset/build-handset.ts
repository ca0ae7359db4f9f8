/**
 * Building a handset: configuration in, one bootable file out.
 */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { checkHandset, type Handset } from '../config/check.ts';
import { architectureProblem } from '../config/cpu-architectures.ts';
import type { HandsetConfig } from '../config/handset-config.ts';
import { compiledProgram, type CompiledProgram } from '../compile/compiled-program.ts';
import { writeWhole } from '../files/whole-file.ts';
import { bootableFile } from '../image/bootable-file.ts';
import type { MachineImage } from '../image/machine-image.ts';
import { MIB } from '../image/virtual-handset.ts';
import { deviceMachine, hasDevices } from '../devices/device-machine.ts';
import { buildFolder, deviceMachineEntry, deviceMachineLinkerScript, hypervisorEntry, hypervisorLinkerScript } from '../project.ts';
import { refusing, Refusal } from '../refusal.ts';
import { MachineFiles } from './machine-files.ts';

export interface BuildOptions {
  /** The folder that the configuration's file names are relative to; the current one if absent. */
  readonly folder?: string | undefined;
  /** What leads messages about the configuration; `handset` if absent. */
  readonly place?: string | undefined;
  /** The file to write; build/handset.img in the project if absent. */
  readonly output?: string | undefined;
  /** Hears of steps that take long. */
  readonly progress?: ((line: string) => void) | undefined;
}

/** A bootable file with what must be known to launch it. */
export interface BuiltImage {
  readonly file: string;
  /** What the configuration's file names are relative to; absent where there is none. */
  readonly folder?: string | undefined;
  readonly fileBytes: number;
  readonly handset: Handset;
  /** Null where the file was built elsewhere: its dumps stay without names. */
  readonly hypervisor: Pick<CompiledProgram, 'flatBytes' | 'elfFile'> | null;
}

/** One that was built here. */
export interface FreshImage extends BuiltImage {
  readonly hypervisor: CompiledProgram;
  readonly machines: readonly MachineImage[];
}

/** The hypervisor, the same for every handset. */
export function compiledHypervisor(progress: (line: string) => void): Promise<CompiledProgram> {
  return compiledProgram({ entry: hypervisorEntry, linkerScript: hypervisorLinkerScript, name: 'hypervisor' }, progress);
}

function checkBoardMemory(handset: Handset, machines: readonly MachineImage[], memoryBytes: number, place: string): void {
  const machinesMib = machines.reduce((sum, { memoryMib }) => sum + memoryMib, 0);
  const imageMib = Math.ceil(memoryBytes / MIB);
  if (machinesMib + imageMib > handset.memoryMib) {
    const takes = `the machines take ${String(machinesMib)} MiB and the image ${String(imageMib)} MiB`;
    throw new Refusal(
      `${place}: memoryMib: the board has ${String(handset.memoryMib)} MiB; ${takes}; lower machines[n].memoryMib or raise memoryMib`,
    );
  }
}

/** Where an image goes that nobody gave a name. */
export const defaultImage = resolve(buildFolder, 'handset.img');

/** The built image of `config`; every refusal names the field or the file that is to blame. */
export async function buildHandset(config: HandsetConfig, options: BuildOptions = {}): Promise<FreshImage> {
  const place = options.place ?? 'handset';
  const progress = options.progress ?? (() => undefined);
  const handset = checkHandset(config, place);
  const hypervisor = await compiledHypervisor(progress);
  const files = new MachineFiles({ folder: options.folder ?? process.cwd(), progress });
  const machines: MachineImage[] = [];
  for (const [index, machine] of handset.machines.entries()) {
    const field = `${place}: machines[${String(index)}]`;
    const loaded = await files.load(machine, field);
    // What a kernel is for, only its file may say.
    const problem = architectureProblem(loaded.architecture, handset.board, handset.cpu);
    if (problem !== null) throw new Refusal(`${field}.image.kernel: ${problem}`);
    machines.push(loaded);
  }
  if (hasDevices(handset)) {
    const program = await compiledProgram({ name: 'device-machine', entry: deviceMachineEntry, linkerScript: deviceMachineLinkerScript }, progress);
    machines.push(deviceMachine(handset, await readFile(program.imageFile)));
  }
  const assembled = bootableFile(await readFile(hypervisor.imageFile), machines);
  checkBoardMemory(handset, machines, assembled.memoryBytes, place);
  const file = options.output ?? defaultImage;
  await refusing(`writing ${file}`, () => writeWhole(file, assembled.pieces));
  return { file, folder: options.folder, fileBytes: assembled.bytes, handset, hypervisor, machines };
}
