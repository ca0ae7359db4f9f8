/**
 * A GICv2's list registers, in memory, for the processor that asks. They say the same as GICv3's in 32 bits, so that the rest of the hypervisor knows
 * one format only; an SGI's source, which GICv3 does not know, is in the low bits of PINTID.
 * [IHI0048 "GIC virtual interface control registers"]
 */
import { GICH_APR, GICH_HCR, GICH_LR, GICH_VMCR, GICH_VTR, GichListRegister } from '@thimble/arm64/gic-frames.ts';
import { registerAt } from './mapping.ts';
import type { InterfaceState } from './vcpu.ts';

/** GICH_VTR.ListRegs: how many, less one. */
const LIST_REGISTERS_MASK = 0x3f;

/** Mapped; 0 where there are none. */
export let base: u64 = 0n;

export function use(va: u64): void {
  base = va;
}

/** Empties all; false if there are too few. */
export function startCpu(): boolean {
  const registers = base;
  const last = mmio.read32(registerAt(registers, GICH_VTR)) & LIST_REGISTERS_MASK;
  for (let i: u32 = 0; i <= last; i += 1) {
    mmio.write32(at(registers, i), 0);
  }
  return last >= 3;
}

/** List register `index`. */
function at(registers: u64, index: u32): u64 {
  return registerAt(registers, wrappingAdd<u32>(GICH_LR, index << 2));
}

export function pull(to: FixedArray<u64>): void {
  const registers = base;
  for (let i: u32 = 0; i < to.length; i += 1) {
    const value = u64(mmio.read32(at(registers, i)));
    to[i] =
      GichListRegister.get(value, 'VIRTUALID') |
      (GichListRegister.get(value, 'PHYSICALID') << 32n) |
      (GichListRegister.get(value, 'PRIORITY') << 51n) |
      (GichListRegister.get(value, 'GROUP_HW') << 60n) |
      (GichListRegister.get(value, 'STATE') << 62n);
  }
}

/** GICH_HCR, which has ICH_HCR_EL2's bits; 0 where there is none. */
export function control(): u64 {
  return base === 0n ? 0n : u64(mmio.read32(registerAt(base, GICH_HCR)));
}

export function push(from: FixedArray<u64>, control: u64): void {
  const registers = base;
  for (let i: u32 = 0; i < from.length; i += 1) {
    const value = from[i];
    const packed =
      (value & GichListRegister.mask('VIRTUALID')) |
      ((value >> 22n) & GichListRegister.mask('PHYSICALID')) |
      ((value >> 28n) & GichListRegister.mask('PRIORITY')) |
      ((value >> 30n) & GichListRegister.mask('GROUP_HW')) |
      ((value >> 34n) & GichListRegister.mask('STATE'));
    mmio.write32(at(registers, i), u32(packed));
  }
  mmio.write32(registerAt(registers, GICH_HCR), u32.wrap(control));
}

export function save(state: InterfaceState): void {
  const registers = base;
  state.vmcr = u64(mmio.read32(registerAt(registers, GICH_VMCR)));
  state.active0 = u64(mmio.read32(registerAt(registers, GICH_APR)));
  // Off: what stays in the list registers asks for no maintenance.
  mmio.write32(registerAt(registers, GICH_HCR), 0);
}

export function load(state: InterfaceState): void {
  const registers = base;
  mmio.write32(registerAt(registers, GICH_VMCR), u32.wrap(state.vmcr));
  mmio.write32(registerAt(registers, GICH_APR), u32.wrap(state.active0));
}
