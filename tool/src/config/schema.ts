/**
 * The shape of a configuration, checked field by field.
 *
 * Only what one field can get wrong is checked here; check.ts checks what fields mean together.
 */
import { z } from 'zod';
import { boards, type BoardName } from '../boards/index.ts';
import { MIB, PAGE_BYTES } from '../image/virtual-handset.ts';
import type { HandsetConfig, ImageConfig, MachineConfig } from './handset-config.ts';

export const MACHINES_MAX = 32;
export const VCPUS_MAX = 8;
export const MACHINE_MEMORY_MIB_MAX = 3072;
export const PRIORITY_MAX = 7;
export const VOLUMES_MAX = 32;
const PANEL_SIDE_MIN = 320;
const PANEL_SIDE_MAX = 2048;
const VOLUME_MIB_MAX = 1_048_576;
/** Shorter ones would be spent on the exchange of machines, longer ones do not fit the manifest's cell. */
export const BUDGET_US_MIN = 10;
export const BUDGET_US_MAX = 1_000_000_000;
/** Linux reads at most this much [Linux, arch/arm64/include/uapi/asm/setup.h COMMAND_LINE_SIZE]. */
const COMMAND_LINE_BYTES_MAX = 2047;
const LOAD_ALIGNMENT = 4096;
/** A page's number has a cell in the manifest; a GIC's SPIs end at INTID 1019. */
const BOARD_ADDRESS_MAX = 2 ** 44 - PAGE_BYTES;
const BOARD_SPI_MAX = 987;
const CELL_MAX = 0xffff_ffff;
/** Of a disk. [virtio 1.2 "Block Device", VIRTIO_BLK_T_GET_ID] */
const SERIAL_NUMBER_BYTES = 20;

const file = z.string().min(1, 'is empty; give a file name');
const commandLine = z
  .string()
  .refine((text) => Buffer.byteLength(text) <= COMMAND_LINE_BYTES_MAX, {
    error: `is longer than the ${String(COMMAND_LINE_BYTES_MAX)} bytes that Linux reads`,
  })
  .refine((text) => !text.includes('\0'), { error: 'contains a NUL character' });
const volumeName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,34}$/, 'must be 1 to 35 of a-z, 0-9 and -, and start with a letter');
const architecture = z.enum(['arm64', 'arm']).optional();
const loadOffset = z
  .int()
  .min(0)
  .max(MACHINE_MEMORY_MIB_MAX * MIB)
  .multipleOf(LOAD_ALIGNMENT, `must be a multiple of ${String(LOAD_ALIGNMENT)}`);

const image = z.discriminatedUnion(
  'kind',
  [
    z
      .strictObject({
        kind: z.literal('linux'),
        architecture,
        release: z.literal('backports').optional(),
        kernel: file.optional(),
        initrd: z.union([file, z.literal(false)]).optional(),
        root: volumeName.max(SERIAL_NUMBER_BYTES, `is longer than the ${String(SERIAL_NUMBER_BYTES)} characters by which a machine tells its disks apart`).optional(),
        commandLine: commandLine.optional(),
      })
      .refine(({ release, kernel }) => release === undefined || kernel === undefined, {
        error: 'has both a release and a kernel; leave one out',
      })
      .refine(({ release, architecture }) => release === undefined || architecture !== 'arm', {
        error: 'has a release, of which there are 64-bit kernels only; leave it or the architecture out',
      })
      .refine(({ root, initrd }) => root === undefined || initrd === undefined, {
        error: 'has both a root and an initrd; the RAM disk that mounts root is made for it: leave initrd out',
      })
      .refine(({ root, architecture }) => root === undefined || architecture !== 'arm', {
        error: "has a root, and there are no drivers for 32-bit kernels; leave it or architecture: 'arm' out",
      })
      .refine(({ root, release, kernel }) => root === undefined || (release === undefined && kernel === undefined), {
        error: 'has a root, and another kernel than the one that there are drivers for; leave out kernel and release, or give an initrd with drivers instead of root',
      }),
    z.strictObject({ kind: z.literal('u-boot'), file: file.optional() }),
    z.strictObject({
      kind: z.literal('flat'),
      file,
      architecture,
      loadOffset: loadOffset.optional(),
      initrd: file.optional(),
      commandLine: commandLine.optional(),
      deviceTree: z.boolean().optional(),
      deviceTreeOffset: loadOffset.optional(),
    }),
    z.strictObject({
      kind: z.literal('program'),
      entry: file,
      linkerScript: file.optional(),
      loadOffset: loadOffset.optional(),
      initrd: file.optional(),
      commandLine: commandLine.optional(),
      deviceTree: z.boolean().optional(),
      deviceTreeOffset: loadOffset.optional(),
    }),
  ],
  { error: 'expected linux({…}), flat({…}), uBoot() or program({…})' },
) satisfies z.ZodType<ImageConfig>;

const microseconds = z.int().min(BUDGET_US_MIN).max(BUDGET_US_MAX);

const side = z.int().min(PANEL_SIDE_MIN).max(PANEL_SIDE_MAX).multipleOf(8, 'must be a multiple of 8');

/** Small letters, digits, plus, minus and dots; two or more. */
const packageName = z.string().regex(/^[a-z0-9][a-z0-9.+-]+$/, "must be a Debian package's name");
const debianRoot = z.strictObject({ kind: z.literal('debian'), desktop: z.enum(['weston', 'sway']), packages: z.array(packageName).optional() });

const disk = z.strictObject({
  file,
  volumes: z
    .array(
      z.strictObject({
        name: volumeName,
        sizeMib: z.int().min(1).max(VOLUME_MIB_MAX),
        content: z.union([debianRoot, file], { error: "expected debian({ desktop: 'weston' }), debian({ desktop: 'sway' }) or a file name" }).optional(),
      }),
    )
    .min(1, 'is empty; define at least one volume')
    .max(VOLUMES_MAX, `holds more than ${String(VOLUMES_MAX)} volumes`),
});

const screen = z
  .union([z.boolean(), z.strictObject({ kind: z.enum(['gpu', 'simple']) })], { error: "expected true, false, { kind: 'gpu' } or { kind: 'simple' }" })
  .optional();

const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,14}$/, 'must be 1 to 15 of a-z, 0-9 and -, and start with a letter');

const window = z.strictObject({
  name,
  between: z.tuple([z.string(), z.string()], { error: 'must name two machines' }),
  mib: z.int().min(2).max(MACHINE_MEMORY_MIB_MAX).multipleOf(2, 'must be a multiple of 2'),
});

const boardDevice = z.strictObject({
  name,
  compatible: z.array(z.string().min(1, 'is empty; name a binding')).min(1, 'is empty; name at least one binding'),
  address: z.int().min(0).max(BOARD_ADDRESS_MAX).multipleOf(PAGE_BYTES, `must be a multiple of ${String(PAGE_BYTES)}`),
  bytes: z.int().min(1).max(MIB).optional(),
  spi: z.int().min(0).max(BOARD_SPI_MAX),
  properties: z.record(z.string(), z.union([z.string(), z.array(z.int().min(0).max(CELL_MAX)), z.literal(true)])).optional(),
});

const machine = z.strictObject({
  name,
  image,
  memoryMib: z.int().min(2).max(MACHINE_MEMORY_MIB_MAX).multipleOf(2, 'must be a multiple of 2').optional(),
  vcpus: z.int().min(1).max(VCPUS_MAX).optional(),
  cpus: z.array(z.int().min(0)).optional(),
  priority: z.int().min(0).max(PRIORITY_MAX).optional(),
  budget: z.strictObject({ us: microseconds, periodUs: microseconds }).optional(),
  hideStolenTime: z.boolean().optional(),
  volumes: z.array(z.strictObject({ name: volumeName, readOnly: z.boolean().optional() })).max(8, 'names more than 8 volumes').optional(),
  network: z.union([z.boolean(), z.strictObject({ uplink: z.boolean().optional(), peers: z.array(z.string()).optional() })]).optional(),
  screen,
  sharedMib: z.int().min(2).max(MACHINE_MEMORY_MIB_MAX).multipleOf(2, 'must be a multiple of 2').optional(),
  entropy: z.boolean().optional(),
  console: z.strictObject({ socket: file }).optional(),
  boardDevices: z.array(boardDevice).optional(),
  ready: z.instanceof(RegExp).optional(),
}) satisfies z.ZodType<MachineConfig>;

const boardNames = Object.keys(boards) as [BoardName, ...BoardName[]];

export const handsetSchema = z.strictObject({
  board: z.enum(boardNames).optional(),
  cpu: z.string().optional(),
  cpus: z.int().min(1).optional(),
  memoryMib: z.int().min(16).optional(),
  panel: z.strictObject({ width: side, height: side }).optional(),
  disk: disk.optional(),
  windows: z.array(window).optional(),
  machines: z
    .array(machine)
    .min(1, 'is empty; define at least one machine')
    .max(MACHINES_MAX, `holds more than ${String(MACHINES_MAX)} machines`),
}) satisfies z.ZodType<HandsetConfig>;
