/**
 * What a `handset.config.ts` says: the types that an editor completes, and the functions that make its parts.
 */
import type { BoardName } from '../boards/index.ts';
import type { Architecture } from '../image/kernel.ts';

/** A Linux kernel. Without `kernel` and `initrd`: Debian's kernel with a small busybox userland. */
export interface LinuxImage {
  readonly kind: 'linux';
  /** `arm`: a 32-bit kernel, where the board's CPU has AArch32 at EL1. If absent, what `kernel` is for, or else `arm64`. */
  readonly architecture?: Architecture | undefined;
  /** `backports`: the newer kernel that Debian offers for the same release. */
  readonly release?: 'backports' | undefined;
  /** An arm64 Image, plain, gzipped or EFI zboot, or an arm zImage; relative to the configuration file. */
  readonly kernel?: string | undefined;
  /** The initial RAM disk; `false` for none. */
  readonly initrd?: string | false | undefined;
  /** One of the machine's volumes, by name, which is its root file system: its `/sbin/init` is what runs. Without it, a small userland of busybox in RAM. */
  readonly root?: string | undefined;
  /** The kernel's command line, instead of the default one; what `root` needs is added. */
  readonly commandLine?: string | undefined;
}

/** A flat binary, entered at its first byte at EL1 with the MMU off. */
export interface FlatImage {
  readonly kind: 'flat';
  readonly file: string;
  /** `arm`: it is entered in AArch32, SVC mode, as a kernel is: r1 is all ones, r2 the device tree. `arm64` if absent. */
  readonly architecture?: Architecture | undefined;
  /** Bytes from the start of RAM (0x4000_0000) to where the file is loaded and entered; 0x8_0000 if absent. */
  readonly loadOffset?: number | undefined;
  readonly initrd?: string | undefined;
  readonly commandLine?: string | undefined;
  /** Whether x0 (r2) holds a device tree; true if absent. */
  readonly deviceTree?: boolean | undefined;
  /** Bytes from the start of RAM to the device tree; at the far end of RAM if absent. */
  readonly deviceTreeOffset?: number | undefined;
}

/** The boot loader U-Boot, built for QEMU's `virt` (`qemu_arm64`). */
export interface UBootImage {
  readonly kind: 'u-boot';
  /** Its `u-boot.bin`; Debian's if absent. */
  readonly file?: string | undefined;
}

/** A guest program in Thimble's TypeScript, compiled and linked for `loadOffset`. */
export interface ProgramImage {
  readonly kind: 'program';
  /** The program's first source file; relative to the configuration file. */
  readonly entry: string;
  /** A linker script instead of guests/guest.ld, which links for 0x4008_0000. */
  readonly linkerScript?: string | undefined;
  readonly loadOffset?: number | undefined;
  readonly initrd?: string | undefined;
  readonly commandLine?: string | undefined;
  readonly deviceTree?: boolean | undefined;
  readonly deviceTreeOffset?: number | undefined;
}

export type ImageConfig = LinuxImage | FlatImage | UBootImage | ProgramImage;

/** What a machine may take of the CPUs that it shares. */
export interface Budget {
  /** How long each vCPU may run, in microseconds, ... */
  readonly us: number;
  /** ... in every period of so many microseconds. */
  readonly periodUs: number;
}

/** A volume that a machine has as a block device. */
export interface MachineVolume {
  /** One of the disk's volumes. */
  readonly name: string;
  /** Several machines may read one volume; only one may write to it. */
  readonly readOnly?: boolean | undefined;
}

/** A root file system made of Debian's packages, with a desktop for fingers. */
export interface DebianRoot {
  readonly kind: 'debian';
  /** `weston`: windows, with launchers in a bar. `sway`: one application at a time, with tabs and a bar of buttons. */
  readonly desktop: Desktop;
  /** Packages of Debian that it has besides, by name. Their maintainer scripts do not run. */
  readonly packages?: readonly string[] | undefined;
}

export type Desktop = 'weston' | 'sway';

/** A part of the handset's disk. */
export interface VolumeConfig {
  /** 1 to 35 of `a-z 0-9 -`, first a letter: the name of its partition. */
  readonly name: string;
  readonly sizeMib: number;
  /** What is on it when the disk is made: `debian({…})`, or a file, such as an ext4 file system, relative to the configuration. Nothing if absent. */
  readonly content?: DebianRoot | string | undefined;
}

export interface NetworkConfig {
  /** Whether it reaches the physical network; it does if absent. */
  readonly uplink?: boolean | undefined;
  /** The machines that it talks to, by name, if they talk to it; all if absent. */
  readonly peers?: readonly string[] | undefined;
}

/** The other end of a machine's virtio console. */
export interface VirtioConsoleConfig {
  /**
   * A Unix socket on this computer, relative to the configuration file: it is made at the start, and one program at a time may connect to it.
   * What the machine writes while none is connected is lost.
   */
  readonly socket: string;
}

export interface ScreenConfig {
  /**
   * `gpu`: a virtio GPU, whose driver says what it has drawn.
   * `simple`: a picture at the end of the machine's RAM, as large as the panel, for systems without such a driver; each pixel is blue, green, red and
   * a byte of no meaning. What has changed in it is looked for, at most 20 times a second.
   */
  readonly kind: 'gpu' | 'simple';
}

/** In pixels. */
export interface PanelConfig {
  readonly width: number;
  readonly height: number;
}

export interface DiskConfig {
  /** The disk's file, relative to the configuration; it is made if it is not there, and kept. */
  readonly file: string;
  readonly volumes: readonly VolumeConfig[];
}

/** Memory that two machines share, each of which can interrupt the other. */
export interface WindowConfig {
  /** 1 to 15 of `a-z 0-9 -`, first a letter: the label in both device trees. */
  readonly name: string;
  /** The names of its two machines. */
  readonly between: readonly [string, string];
  /** A multiple of 2. */
  readonly mib: number;
}

/** A device of the board that a machine has as its own: its registers, and its interrupt. It must do no DMA: no address that it uses would be checked. */
export interface BoardDeviceConfig {
  /** Of its node in the machine's device tree, before the address. */
  readonly name: string;
  readonly compatible: readonly string[];
  /** Of its registers on the board, a multiple of 4096, and their bytes; 4096 if absent. */
  readonly address: number;
  readonly bytes?: number | undefined;
  /** Its interrupt on the board, which is level-sensitive: an SPI, counted from 0. */
  readonly spi: number;
  /** What else its node holds: texts, cells, or `true` for a property without value. */
  readonly properties?: Readonly<Record<string, string | number[] | true>> | undefined;
}

export interface MachineConfig {
  /** 1 to 15 of `a-z 0-9 -`, first a letter. */
  readonly name: string;
  readonly image: ImageConfig;
  /** RAM, a multiple of 2, at most 3072; 256 if absent. */
  readonly memoryMib?: number | undefined;
  /** 1 to 8; 1 if absent. */
  readonly vcpus?: number | undefined;
  /** The physical CPU of each vCPU; dealt round robin if absent. */
  readonly cpus?: readonly number[] | undefined;
  /** 0 (lowest, and if absent) to 7. */
  readonly priority?: number | undefined;
  /** How long each vCPU may run in a period; without a limit if absent. */
  readonly budget?: Budget | undefined;
  /** Its virtual counter stands still while others have its processor, so that it sees no time that it could not use. For one vCPU. */
  readonly hideStolenTime?: boolean | undefined;
  /** The volumes of the handset's disk that it has, in the order of its block devices. */
  readonly volumes?: readonly MachineVolume[] | undefined;
  /** Whether it has a network device, and who is there for it; `true`: the other machines that have one, and the physical network. */
  readonly network?: boolean | NetworkConfig | undefined;
  /** Whether it has a screen, with touch and a keyboard, on the handset's panel; `true`: of the kind `gpu`. */
  readonly screen?: boolean | ScreenConfig | undefined;
  /**
   * How much of its RAM the device machine sees, in MiB, a multiple of 2; all if absent. For a kernel with restricted DMA pools, which copies all that a
   * device reads and writes to that part or from it (Linux' CONFIG_DMA_RESTRICTED_POOL, which Debian's kernels do not have: their drivers find their devices broken).
   */
  readonly sharedMib?: number | undefined;
  /** Whether it has a device that gives random numbers. If absent, it has if it has another device, and room for one more, and the board can. */
  readonly entropy?: boolean | undefined;
  /** A virtio console beside its UART: Linux' `hvc0`. */
  readonly console?: VirtioConsoleConfig | undefined;
  /** Devices of the board that it has as its own. */
  readonly boardDevices?: readonly BoardDeviceConfig[] | undefined;
  /** The console line that says that the machine is ready, for images that are not the default userland. */
  readonly ready?: RegExp | undefined;
}

export interface HandsetConfig {
  /** The board; `qemu-virt` if absent. */
  readonly board?: BoardName | undefined;
  /** The board's CPU model; its usual one if absent. */
  readonly cpu?: string | undefined;
  /** How many CPUs the board has; its usual number if absent. */
  readonly cpus?: number | undefined;
  /** The board's RAM; its usual size if absent. */
  readonly memoryMib?: number | undefined;
  /** The panel that machines with a screen share; 720 by 1440 pixels if absent. */
  readonly panel?: PanelConfig | undefined;
  /** The disk that the device machine serves the machines' volumes from. */
  readonly disk?: DiskConfig | undefined;
  /** Memory that machines share, two each. */
  readonly windows?: readonly WindowConfig[] | undefined;
  readonly machines: readonly MachineConfig[];
}

/** A handset. It is checked when it is built, with messages that name the field. */
export function defineHandset(config: HandsetConfig): HandsetConfig {
  return config;
}

export function linux(image: Omit<LinuxImage, 'kind'> = {}): LinuxImage {
  return { ...image, kind: 'linux' };
}

/** The root file system of a desktop, for a volume's `content`. */
export function debian(root: Omit<DebianRoot, 'kind'>): DebianRoot {
  return { ...root, kind: 'debian' };
}

export function flat(image: Omit<FlatImage, 'kind'>): FlatImage {
  return { ...image, kind: 'flat' };
}

export function uBoot(image: Omit<UBootImage, 'kind'> = {}): UBootImage {
  return { ...image, kind: 'u-boot' };
}

export function program(image: Omit<ProgramImage, 'kind'>): ProgramImage {
  return { ...image, kind: 'program' };
}
