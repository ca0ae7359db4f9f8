/**
 * The device tree that a guest finds in x0: the virtual handset, with one interrupt controller or the other.
 *
 * /chosen comes first, so that its properties lie at the same offsets in both variants: the manifest names one
 * address for the seed that the hypervisor writes before each start. Without that seed Linux gathers entropy by
 * itself, for thousands of instructions a system call.
 */
import { cells64, childAt, flatten, node, type PropertyValue, readTree, type TreeNode } from './device-tree.ts';
import type { Lent } from '../devices/lending.ts';
import type { Framebuffer, MemoryRange, ReservedMemory } from '../devices/reserved-memory.ts';
import { lentNodes } from './lent-nodes.ts';
import {
  CLOCK,
  CPU_INTERFACE,
  DISTRIBUTOR,
  type GicVersion,
  MIB,
  RAM_BASE,
  REDISTRIBUTORS,
  UART,
  VIRTIO,
} from './virtual-handset.ts';

export interface GuestTreeOptions {
  readonly gic: GicVersion;
  readonly vcpus: number;
  readonly memoryMib: number;
  readonly commandLine: string;
  /** How many virtio devices it has; none if absent. */
  readonly virtioSlots?: number | undefined;
  /** Whether it sees the board's clock. */
  readonly hasClock?: boolean | undefined;
  /** What at the end of its RAM is a simple screen's, or devices'. */
  readonly reserved?: ReservedMemory | undefined;
  /** What it shares with others, and what it has of the board's. */
  readonly lent?: Lent | undefined;
  /** Where the initial RAM disk lies in the guest, if it has one. */
  readonly initrd: { readonly ipa: number; readonly bytes: number } | null;
}

export const SEED_BYTES = 32;

const GIC_PHANDLE = 1;
const CLOCK_PHANDLE = 2;
const POOL_PHANDLE = 3;

enum InterruptKind {
  Spi = 0,
  Ppi = 1,
}
const EDGE_RISING = 1;
const LEVEL_HIGH = 4;

function chosen(options: GuestTreeOptions): TreeNode {
  const { initrd, reserved } = options;
  const screen = reserved?.framebuffer;
  const properties: Record<string, PropertyValue> = {
    'rng-seed': new Uint8Array(SEED_BYTES),
    'stdout-path': `/pl011@${UART.base.toString(16)}`,
    bootargs: options.commandLine,
    ...(initrd && {
      'linux,initrd-start': cells64(initrd.ipa),
      'linux,initrd-end': cells64(initrd.ipa + initrd.bytes),
    }),
    ...(screen && { '#address-cells': [2], '#size-cells': [2], ranges: true }),
  };
  return node('chosen', properties, screen ? [simpleFramebuffer(screen)] : []);
}

/** Linux finds it here, and takes what is on it for its console before it has any driver. */
function simpleFramebuffer({ ipa, width, height, stride }: Framebuffer): TreeNode {
  return node(`framebuffer@${ipa.toString(16)}`, {
    compatible: 'simple-framebuffer',
    reg: [...cells64(ipa), ...cells64(stride * height)],
    width: [width],
    height: [height],
    stride: [stride],
    format: 'x8r8g8b8',
  });
}

/** RAM that a system leaves alone, or uses for devices only. */
function reservedMemory({ framebuffer, pool }: ReservedMemory): TreeNode[] {
  const nodes = [
    // It is not mapped beside the screen's own mapping, which is of another memory type.
    ...(framebuffer ? [node(`framebuffer@${framebuffer.ipa.toString(16)}`, { reg: range(framebuffer), 'no-map': true })] : []),
    ...(pool ? [node(`dma-pool@${pool.ipa.toString(16)}`, { compatible: 'restricted-dma-pool', reg: range(pool), phandle: [POOL_PHANDLE] })] : []),
  ];
  return nodes.length === 0 ? [] : [node('reserved-memory', { '#address-cells': [2], '#size-cells': [2], ranges: true }, nodes)];
}

function range({ ipa, bytes }: MemoryRange): number[] {
  return [...cells64(ipa), ...cells64(bytes)];
}

function cpus(count: number): TreeNode {
  const each = Array.from({ length: count }, (_, index) =>
    node(`cpu@${index.toString(16)}`, {
      device_type: 'cpu',
      compatible: 'arm,armv8',
      reg: [index],
      'enable-method': 'psci',
    }),
  );
  return node('cpus', { '#address-cells': [1], '#size-cells': [0] }, each);
}

function interruptController({ gic, vcpus }: GuestTreeOptions): TreeNode {
  const second =
    gic === 3
      ? [...cells64(REDISTRIBUTORS.base), ...cells64(REDISTRIBUTORS.bytesEach * vcpus)]
      : [...cells64(CPU_INTERFACE.base), ...cells64(CPU_INTERFACE.bytes)];
  return node(`intc@${DISTRIBUTOR.base.toString(16)}`, {
    compatible: gic === 3 ? 'arm,gic-v3' : 'arm,cortex-a15-gic',
    'interrupt-controller': true,
    '#interrupt-cells': [3],
    '#address-cells': [2],
    '#size-cells': [2],
    ranges: true,
    reg: [...cells64(DISTRIBUTOR.base), ...cells64(DISTRIBUTOR.bytes), ...second],
    phandle: [GIC_PHANDLE],
    ...(gic === 3 && { '#redistributor-regions': [1] }),
  });
}

/** Secure, physical, virtual, hypervisor: the order that the binding fixes. GICv2 wants the CPUs as a mask. */
function timer({ gic, vcpus }: GuestTreeOptions): TreeNode {
  const flags = gic === 2 ? (((1 << vcpus) - 1) << 8) | LEVEL_HIGH : LEVEL_HIGH;
  return node('timer', {
    compatible: 'arm,armv8-timer',
    'always-on': true,
    interrupts: [13, 14, 11, 10].flatMap((ppi) => [InterruptKind.Ppi, ppi, flags]),
  });
}

function uart(): TreeNode {
  return node(`pl011@${UART.base.toString(16)}`, {
    compatible: ['arm,pl011', 'arm,primecell'],
    reg: [...cells64(UART.base), ...cells64(UART.bytes)],
    interrupts: [InterruptKind.Spi, UART.spi, LEVEL_HIGH],
    clocks: [CLOCK_PHANDLE, CLOCK_PHANDLE],
    'clock-names': ['uartclk', 'apb_pclk'],
  });
}

function virtio(slot: number, hasPool: boolean): TreeNode {
  const base = VIRTIO.base + slot * VIRTIO.bytesEach;
  return node(`virtio_mmio@${base.toString(16)}`, {
    compatible: 'virtio,mmio',
    reg: [...cells64(base), ...cells64(VIRTIO.bytesEach)],
    interrupts: [InterruptKind.Spi, VIRTIO.spi + slot, EDGE_RISING],
    'dma-coherent': true,
    ...(hasPool && { 'memory-region': [POOL_PHANDLE] }),
  });
}

/** It tells the time, and does nothing else: what is written has no effect, and it does not interrupt. */
function realTimeClock(): TreeNode {
  return node(`rtc@${CLOCK.base.toString(16)}`, {
    compatible: ['arm,pl031', 'arm,primecell'],
    reg: [...cells64(CLOCK.base), ...cells64(CLOCK.bytes)],
    clocks: [CLOCK_PHANDLE],
    'clock-names': 'apb_pclk',
  });
}

function clock(): TreeNode {
  return node('apb-pclk', {
    compatible: 'fixed-clock',
    '#clock-cells': [0],
    'clock-frequency': [UART.clockHz],
    'clock-output-names': 'clk24mhz',
    phandle: [CLOCK_PHANDLE],
  });
}

export function guestTree(options: GuestTreeOptions): Buffer {
  return flatten(
    node(
      '',
      {
        compatible: ['thimble,handset', 'linux,dummy-virt'],
        model: 'Thimble virtual handset',
        '#address-cells': [2],
        '#size-cells': [2],
        'interrupt-parent': [GIC_PHANDLE],
      },
      [
        chosen(options),
        node(`memory@${RAM_BASE.toString(16)}`, {
          device_type: 'memory',
          reg: [...cells64(RAM_BASE), ...cells64(options.memoryMib * MIB)],
        }),
        ...(options.reserved ? reservedMemory(options.reserved) : []),
        cpus(options.vcpus),
        node('psci', { compatible: ['arm,psci-1.0', 'arm,psci-0.2'], method: 'hvc' }),
        timer(options),
        clock(),
        uart(),
        ...(options.hasClock ? [realTimeClock()] : []),
        ...Array.from({ length: options.virtioSlots ?? 0 }, (_, slot) => virtio(slot, (options.reserved?.pool ?? null) !== null)),
        ...(options.lent ? lentNodes(options.lent, CLOCK_PHANDLE) : []),
        interruptController(options),
      ],
    ),
  );
}

/** Offset of the seed's 32 bytes in a guest tree. */
export function seedOffset(tree: Buffer): number {
  const seed = childAt(readTree(tree), ['chosen'])?.properties.get('rng-seed');
  if (!seed) throw new Error('a guest tree without rng-seed');
  return seed.offset;
}
