/**
 * What the names in a device tree mean here: those of properties, and those in values, above all in `compatible`. The ones that are
 * known are kept as hashes of 26 bits, a third of their size. A name nobody has thought of could have the same hash as one of these; a
 * test holds all names of the device trees that Debian ships against it (docs/adr/0018).
 */
import { UART_KINDS } from './uart-kinds.ts';

/** The properties that matter. `Other` stands for all others, `Alias` for the one that `Fdt.alias` names. */
export enum Property {
  Other,
  // The manifest's.
  FileBytes,
  Controller,
  Devices,
  VirtioSlots,
  Shared,
  MemoryMib,
  Vcpus,
  Cpus,
  Priority,
  BudgetUs,
  PeriodUs,
  HideStolenTime,
  Aarch32,
  Segments,
  Entry,
  DeviceTreeGicv2,
  DeviceTreeGicv3,
  DeviceTree,
  Seed,
  // The board's, the most frequent ones last: `find` begins there.
  Serial0,
  StdoutPath,
  RngSeed,
  RegShift,
  CpuOn,
  CpuReleaseAddress,
  EnableMethod,
  Method,
  InterruptsExtended,
  Ranges,
  SizeCells,
  AddressCells,
  DeviceType,
  Status,
  Interrupts,
  Compatible,
  Reg,
  Alias,
  Count,
}

/** In the order of `Property`, from 1 on. */
const PROPERTIES: readonly string[] = [
  'file-bytes', 'controller', 'devices', 'virtio-slots', 'shared', 'memory-mib', 'vcpus', 'cpus', 'priority', 'budget-us', 'period-us', 'hide-stolen-time', 'aarch32', 'segments', 'entry',
  'device-tree-gicv2', 'device-tree-gicv3', 'device-tree', 'seed',
  'serial0', 'stdout-path', 'rng-seed', 'reg-shift', 'cpu_on', 'cpu-release-addr', 'enable-method', 'method',
  'interrupts-extended', 'ranges', '#size-cells', '#address-cells', 'device_type', 'status', 'interrupts', 'compatible', 'reg',
];

/** What a path, or a word in a value, stands for. */
export enum Meaning {
  Unknown,
  Memory,
  /** /reserved-memory, and what is inside. */
  Reserved,
  Cpu,
  Chosen,
  Aliases,
  Psci,
  /** PSCI 0.1: function identifiers of its own. */
  PsciOld,
  Timer,
  Gicv3,
  Gicv2,
  LocalController,
  GpuController,
  Okay,
  Hvc,
  StartsByPsci,
  Manifest,
  /** This, and one more for each kind of UART. */
  Uart,
}

interface Known {
  readonly name: string;
  readonly meaning: Meaning;
}

const KNOWN: readonly Known[] = [
  { name: '/reserved-memory', meaning: Meaning.Reserved },
  { name: '/chosen', meaning: Meaning.Chosen },
  { name: '/aliases', meaning: Meaning.Aliases },
  { name: 'memory', meaning: Meaning.Memory },
  { name: 'cpu', meaning: Meaning.Cpu },
  { name: 'okay', meaning: Meaning.Okay },
  { name: 'ok', meaning: Meaning.Okay },
  { name: 'hvc', meaning: Meaning.Hvc },
  { name: 'psci', meaning: Meaning.StartsByPsci },
  { name: 'thimble,manifest-1', meaning: Meaning.Manifest },
  { name: 'arm,gic-v3', meaning: Meaning.Gicv3 },
  { name: 'arm,gic-400', meaning: Meaning.Gicv2 },
  { name: 'arm,cortex-a15-gic', meaning: Meaning.Gicv2 },
  { name: 'arm,cortex-a7-gic', meaning: Meaning.Gicv2 },
  { name: 'qcom,msm-qgic2', meaning: Meaning.Gicv2 },
  { name: 'brcm,bcm2836-l1-intc', meaning: Meaning.LocalController },
  { name: 'brcm,bcm2836-armctrl-ic', meaning: Meaning.GpuController },
  { name: 'arm,armv8-timer', meaning: Meaning.Timer },
  { name: 'arm,armv7-timer', meaning: Meaning.Timer },
  { name: 'arm,psci-1.0', meaning: Meaning.Psci },
  { name: 'arm,psci-0.2', meaning: Meaning.Psci },
  { name: 'arm,psci', meaning: Meaning.PsciOld },
];

/** FNV-1a, 32 bits. Every name is hashed with a slash behind it, so that the hash of a path goes on from that of the node above. */
export const HASH_START = 0x811c_9dc5;
const HASH_PRIME = 0x0100_0193;
export const SLASH = 0x2f;

/** The lowest bits of an entry are the number of what the name stands for, the others those of its hash. */
const NUMBER_MASK = 0x3f;

/**
 * First those of `PROPERTIES`, then those of `KNOWN` and the kinds of UART. A name has one hash only if nobody else has it; should two
 * share one, another start keeps them apart.
 */
const HASHES: readonly u32[] = comptime(() => {
  const hashOf = (name: string): u32 => {
    let hash: u32 = HASH_START;
    for (let i = 0; i <= name.length; i += 1) {
      const byte = i < name.length ? name.charCodeAt(i) : SLASH;
      hash = u32.wrap(u64(u32.wrap(hash ^ byte)) * u64(HASH_PRIME));
    }
    return hash;
  };
  let hashes: u32[] = [];
  const add = (name: string, number: u32): void => {
    // A number that has no room is an error of the build.
    hashes = [...hashes, number <= NUMBER_MASK ? hashOf(name) - (hashOf(name) % (NUMBER_MASK + 1)) + number : u32(-1)];
  };
  for (let i = 0; i < PROPERTIES.length; i += 1) add(PROPERTIES[i], 1 + i);
  for (const known of KNOWN) add(known.name, known.meaning);
  for (let index = 0; index < UART_KINDS.length; index += 1) {
    for (const name of UART_KINDS[index].compatible) add(name, Meaning.Uart + index);
  }
  return hashes;
});

const PROPERTY_HASHES: readonly u32[] = comptime(() => {
  let hashes: u32[] = [];
  for (let i = 0; i < PROPERTIES.length; i += 1) hashes = [...hashes, HASHES[i]];
  return hashes;
});
const KNOWN_HASHES: readonly u32[] = comptime(() => {
  let hashes: u32[] = [];
  for (let i = PROPERTIES.length; i < HASHES.length; i += 1) hashes = [...hashes, HASHES[i]];
  return hashes;
});

/** Bytes of the text that `hashText` read last. */
export let textBytes: u32 = 0;

/** `start`, of what stands before it, with the text at `at`, which ends with a NUL or `end` or after `bytesMax`, and a slash. */
export function hashText(start: u32, at: u32, bytesMax: u32, end: u8): u32 {
  let hash = start;
  let left = bytesMax;
  let next = u64(at);
  for (; left !== 0; left = wrappingSub(left, 1)) {
    const byte = memory.load8(next);
    if (byte === 0 || byte === end) {
      break;
    }
    hash = hashOn(hash, byte);
    next = wrappingAdd(next, 1n);
  }
  textBytes = wrappingSub(bytesMax, left);
  return hashOn(hash, SLASH);
}

/** @inline */
function hashOn(hash: u32, byte: u8): u32 {
  return wrappingMul(hash ^ u32(byte), HASH_PRIME);
}

/** The Property of that name. */
export function propertyOf(hash: u32): u32 {
  return find(PROPERTY_HASHES, hash);
}

/** The Meaning of that name. */
export function meaningOf(hash: u32): u32 {
  return find(KNOWN_HASHES, hash);
}

/** The number in the entry of `hash` among `hashes`, which are looked through from the last on; 0 if there is none. @noinline */
function find(hashes: readonly u32[], hash: u32): u32 {
  for (let left = hashes.length; left > 0; left -= 1) {
    const known = hashes[left - 1];
    if ((known ^ hash) <= NUMBER_MASK) {
      return known & NUMBER_MASK;
    }
  }
  return 0;
}
