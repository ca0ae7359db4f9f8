/**
 * What a node's `compatible` means here. The names that are known are kept as 32-bit hashes, a sixth of their size, and a list
 * of names is looked up in one pass over its bytes. A name nobody has thought of could have the same hash as one of these;
 * a test holds all names of the device trees that Debian ships against it (docs/adr/0018).
 */
import type { Fdt } from './fdt.ts';
import { UART_KINDS } from './uart-kinds.ts';

export enum NodeKind {
  Other,
  Memory,
  Reserved,
  Cpu,
  Chosen,
  Psci,
  /** PSCI 0.1: function identifiers of its own. */
  PsciOld,
  Timer,
  Gicv3,
  Gicv2,
  LocalController,
  GpuController,
  End,
  /** This, and one more for each kind of UART. */
  Uart,
}

interface Known {
  readonly name: string;
  readonly kind: NodeKind;
}

/** Linux calls a name that comes first the better one; so do we. */
const KNOWN: readonly Known[] = [
  { name: 'arm,gic-v3', kind: NodeKind.Gicv3 },
  { name: 'arm,gic-400', kind: NodeKind.Gicv2 },
  { name: 'arm,cortex-a15-gic', kind: NodeKind.Gicv2 },
  { name: 'arm,cortex-a7-gic', kind: NodeKind.Gicv2 },
  { name: 'qcom,msm-qgic2', kind: NodeKind.Gicv2 },
  { name: 'brcm,bcm2836-l1-intc', kind: NodeKind.LocalController },
  { name: 'brcm,bcm2836-armctrl-ic', kind: NodeKind.GpuController },
  { name: 'arm,armv8-timer', kind: NodeKind.Timer },
  { name: 'arm,armv7-timer', kind: NodeKind.Timer },
  { name: 'arm,psci-1.0', kind: NodeKind.Psci },
  { name: 'arm,psci-0.2', kind: NodeKind.Psci },
  { name: 'arm,psci', kind: NodeKind.PsciOld },
];

/** FNV-1a, 32 bits. */
const HASH_START = 0x811c_9dc5;
const HASH_PRIME = 0x0100_0193;

/** A name has one hash only if nobody else has it; should two share one, another start keeps them apart. */
const HASHES: readonly u32[] = comptime(() => {
  const hashOf = (name: string): u32 => {
    let hash: u32 = HASH_START;
    for (let i = 0; i < name.length; i += 1) hash = u32.wrap(u64(u32.wrap(hash ^ name.charCodeAt(i))) * u64(HASH_PRIME));
    return hash;
  };
  let hashes: u32[] = [];
  for (const known of KNOWN) hashes = [...hashes, hashOf(known.name)];
  for (const kind of UART_KINDS) {
    for (const name of kind.compatible) hashes = [...hashes, hashOf(name)];
  }
  return hashes;
});

/** In the order of `HASHES`. */
const KINDS: readonly u8[] = comptime(() => {
  let kinds: u8[] = [];
  for (const known of KNOWN) kinds = [...kinds, known.kind];
  for (let index = 0; index < UART_KINDS.length; index += 1) {
    for (const name of UART_KINDS[index].compatible) kinds = [...kinds, name.length > 0 ? NodeKind.Uart + index : 0];
  }
  return kinds;
});

/** A NodeKind: what the first name that is known in the current property, a list of names, stands for. */
export function kindOf(tree: Fdt): u32 {
  let hash: u32 = HASH_START;
  for (let i: u32 = 0; i < tree.valueBytes; i += 1) {
    const byte = memory.load8(tree.value + u64(i));
    if (byte !== 0) {
      hash = wrappingMul(hash ^ u32(byte), HASH_PRIME);
    } else {
      const kind = known(hash);
      if (kind !== u32(NodeKind.Other)) {
        return kind;
      }
      hash = HASH_START;
    }
  }
  return u32(NodeKind.Other);
}

function known(hash: u32): u32 {
  for (let i: u32 = 0; i < HASHES.length; i += 1) {
    if (HASHES[i] === hash) {
      return u32(KINDS[i]);
    }
  }
  return u32(NodeKind.Other);
}
