/**
 * From what a configuration says of a machine's image to the bytes and their places in its RAM.
 */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Machine } from '../config/check.ts';
import { sharedOf, virtioSlotsOf } from '../devices/device-machine.ts';
import { slotsNeeded } from '../devices/lending.ts';
import type { FlatImage, LinuxImage, ProgramImage, UBootImage } from '../config/handset-config.ts';
import { compiledProgram } from '../compile/compiled-program.ts';
import { checkFlatFile, LOAD_OFFSET_DEFAULT, placeFlat } from '../image/flat-placement.ts';
import { type Architecture, type Kernel, readKernel } from '../image/kernel.ts';
import { placeLinux } from '../image/linux-placement.ts';
import { checkPlacement, type MachineImage, type Placement } from '../image/machine-image.ts';
import { guestLinkerScript } from '../project.ts';
import { refusing, Refusal } from '../refusal.ts';
import {
  defaultKernelCommandLine,
  ensureBackportsKernel,
  ensureGuestFiles,
  ensureInitrd,
  ensureUBoot,
  type GuestFiles,
  type KernelFiles,
  requireDrivers,
  rootWord,
} from '../setup/index.ts';

function commandLineOf({ name, screen }: Machine, { commandLine, root }: LinuxImage): string {
  return commandLine === undefined ? defaultKernelCommandLine(name, screen !== null, root) : `${commandLine}${rootWord(root)}`;
}

export interface BuildContext {
  /** The folder that relative file names start from. */
  readonly folder: string;
  readonly progress: (line: string) => void;
}

/** Reads each file once, however many machines name it: shared content is then also the same object. */
export class MachineFiles {
  private readonly files = new Map<string, Promise<Buffer>>();
  private readonly guestFiles = new Map<Architecture, Promise<GuestFiles>>();

  constructor(private readonly context: BuildContext) {}

  async load(machine: Machine, field: string): Promise<MachineImage> {
    const placement = await this.place(machine, field);
    const { reserved } = machine;
    checkPlacement(placement, machine.memoryMib, field, reserved.all.bytes);
    const { name, memoryMib, vcpus, cpus, priority, budget, hideStolenTime } = machine;
    const virtioSlots = slotsNeeded(machine);
    const shared = virtioSlots === 0 ? null : sharedOf(machine);
    return { name, memoryMib, vcpus, cpus, priority, budget, hideStolenTime, virtioSlots, shared, controller: null, ...placement };
  }

  private place(machine: Machine, field: string): Promise<Placement> {
    const { image } = machine;
    switch (image.kind) {
      case 'linux':
        return this.placeLinux(machine, image, `${field}.image`);
      case 'flat':
        return this.placeBinary(machine, image, `${field}.image`);
      case 'u-boot':
        return this.placeUBoot(machine, image, `${field}.image`);
      case 'program':
        return this.placeBinary(machine, image, `${field}.image`);
    }
  }

  private async placeLinux(machine: Machine, image: LinuxImage, field: string): Promise<Placement> {
    const kernel = await this.kernelOf(image, field);
    const initrdFile = image.initrd ?? (await this.defaultInitrd(machine, image, kernel.architecture));
    return placeLinux({
      kernel,
      initrd: initrdFile === false ? null : await this.read(initrdFile, `${field}.initrd`),
      commandLine: commandLineOf(machine, image),
      memoryMib: machine.memoryMib,
      vcpus: machine.vcpus,
      virtioSlots: virtioSlotsOf(machine),
      reserved: machine.reserved,
      hasClock: machine.clock,
      lent: machine.lent,
    });
  }

  /** With drivers, for a machine with devices. A kernel of another release than theirs has its own built in, or has none. */
  private async defaultInitrd(machine: Machine, image: LinuxImage, architecture: Architecture): Promise<string> {
    const { busybox } = await this.defaults(architecture);
    if (virtioSlotsOf(machine) === 0) return ensureInitrd(busybox);
    const kernel = await this.kernelFilesOf({ ...image, architecture });
    if (image.kernel === undefined) requireDrivers(kernel);
    return ensureInitrd(busybox, kernel);
  }

  private async placeBinary(machine: Machine, image: FlatImage | ProgramImage, field: string): Promise<Placement> {
    return placeFlat({
      kind: image.kind,
      architecture: image.kind === 'flat' ? (image.architecture ?? 'arm64') : 'arm64',
      bytes: image.kind === 'flat' ? await this.flatFile(image, field) : await this.compiled(image, field),
      loadOffset: image.loadOffset ?? LOAD_OFFSET_DEFAULT,
      initrd: image.initrd === undefined ? null : await this.read(image.initrd, `${field}.initrd`),
      commandLine: image.commandLine ?? '',
      deviceTree: image.deviceTree ?? true,
      deviceTreeOffset: image.deviceTreeOffset ?? null,
      memoryMib: machine.memoryMib,
      vcpus: machine.vcpus,
      virtioSlots: virtioSlotsOf(machine),
      reserved: machine.reserved,
      hasClock: machine.clock,
      lent: machine.lent,
    });
  }

  private async kernelOf(image: LinuxImage, field: string): Promise<Kernel> {
    const file = image.kernel ?? (await this.kernelFilesOf(image)).kernel;
    const kernel = readKernel(await this.read(file, `${field}.kernel`), `${field}.kernel: ${file}`);
    if (image.architecture !== undefined && image.architecture !== kernel.architecture) {
      throw new Refusal(`${field}.kernel: ${file}: a kernel for ${kernel.architecture}, and architecture is '${image.architecture}'; leave that out`);
    }
    return kernel;
  }

  private async kernelFilesOf({ release, architecture = 'arm64' }: LinuxImage): Promise<KernelFiles> {
    return release === undefined ? this.defaults(architecture) : ensureBackportsKernel({ progress: this.context.progress });
  }

  /** It expects its device tree where QEMU puts one for a boot loader: at the start of RAM. */
  private async placeUBoot({ memoryMib, vcpus, lent }: Machine, image: UBootImage, field: string): Promise<Placement> {
    const file = image.file ?? (await ensureUBoot({ progress: this.context.progress })).file;
    const bytes = await this.read(file, `${field}.file`);
    checkFlatFile(bytes, `${field}.file: ${file}`);
    return placeFlat({
      kind: 'u-boot',
      architecture: 'arm64',
      bytes,
      loadOffset: LOAD_OFFSET_DEFAULT,
      initrd: null,
      commandLine: '',
      deviceTree: true,
      deviceTreeOffset: 0,
      memoryMib,
      vcpus,
      lent,
    });
  }

  private async flatFile(image: FlatImage, field: string): Promise<Buffer> {
    const bytes = await this.read(image.file, `${field}.file`);
    checkFlatFile(bytes, `${field}.file: ${image.file}`);
    return bytes;
  }

  private async compiled(image: ProgramImage, field: string): Promise<Buffer> {
    const entry = resolve(this.context.folder, image.entry);
    const name = (entry.split('/').at(-1) ?? '').replace(/\.ts$/, '').replace(/[^a-z0-9-]/gi, '-');
    const linkerScript = image.linkerScript ? resolve(this.context.folder, image.linkerScript) : guestLinkerScript;
    try {
      const { imageFile } = await compiledProgram({ name, entry, linkerScript }, this.context.progress);
      return await this.read(imageFile, `${field}.entry`);
    } catch (error) {
      if (error instanceof Refusal) throw new Refusal(`${field}.entry: ${error.message}`, { cause: error });
      throw error;
    }
  }

  private defaults(architecture: Architecture): Promise<GuestFiles> {
    const known = this.guestFiles.get(architecture);
    if (known) return known;
    const ensuring = ensureGuestFiles({ architecture, progress: this.context.progress });
    this.guestFiles.set(architecture, ensuring);
    return ensuring;
  }

  private read(file: string, field: string): Promise<Buffer> {
    const path = resolve(this.context.folder, file);
    const known = this.files.get(path);
    if (known) return known;
    const reading = refusing(`${field}: ${file}`, () => readFile(path));
    this.files.set(path, reading);
    return reading;
  }
}
