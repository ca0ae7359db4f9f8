/**
 * The virtual handset's interrupt controller as its registers show it: 96 INTIDs, one security state. On a board with a GICv3 it is one: affinity
 * routing always on, and a redistributor a vCPU, whose second frame has the distributor's layout for SGIs and PPIs. On all others it is a GICv2,
 * whose distributor shows each vCPU its own SGIs and PPIs.
 * [IHI0069 12.9 "The GIC Distributor register descriptions", 12.11 "The GIC Redistributor register descriptions"]
 * [IHI0048 "Distributor register descriptions"]
 */
import {
  GICD_CTLR, GICD_ICPIDR2, GICD_IIDR, GICD_ISPENDR, GICD_PIDR2, GICD_TYPER,
  GICR_IIDR, GICR_TYPER, RedistributorType,
} from '@thimble/arm64/gic-frames.ts';
import * as bankRegisters from './bank-registers.ts';
import * as board from './board.ts';
import { ControllerKind } from './controller-kind.ts';
import { MACHINE_VCPUS_MAX } from './layout.ts';
import type { IrqBank } from './irq-bank.ts';
import type { Vcpu } from './vcpu.ts';
import * as virtualInterrupts from './virtual-interrupts.ts';
import type { Vm } from './vm.ts';

const GICR_TYPER_HIGH = GICR_TYPER + 4;
/** Where the redistributors are, a multiple of the bytes of one. */
const REDISTRIBUTORS_ADDRESS = 0x080a_0000;
const REDISTRIBUTOR_SHIFT = 17;
const REDISTRIBUTOR_OFFSET = 0x1_ffff;
const SGI_FRAME = 0x1_0000;

/** GICv3: affinity routing and no second security state, for ever. */
const CTLR_FIXED = 0x50;
const CTLR_GROUPS = 0x3;
/** ITLinesNumber 2; GICv3: 10 INTID bits, no 1-of-N. */
const TYPER_V3 = 0x0248_0002n;
const TYPER_V2 = 2;
/** Implementer: Arm, which Linux does not care about; product "T". */
const IIDR_VALUE = 0x5400_043bn;
/** Architecture revision. */
const PIDR2_V3 = 0x3bn;
const PIDR2_V2 = 0x2bn;

/** A load, or a store of `value`, at `offset` of the distributor. Returns what a load gets. */
export function access(vm: Vm, vcpu: Vcpu, offset: u32, isStore: boolean, sizeLog2: u32, value: u64): u64 {
  const isV3 = board.controllerKind === ControllerKind.Gicv3;
  switch (offset) {
    case GICD_TYPER:
      return isV3 ? TYPER_V3 : u64(TYPER_V2 | (wrappingSub(vm.vcpuCount, 1) << 5));
    case GICD_CTLR:
      if (isStore) {
        virtualInterrupts.enableGroups(vm, vcpu, u32.wrap(value) & CTLR_GROUPS);
      }
      return u64(isV3 ? vm.groupsEnabled | CTLR_FIXED : vm.groupsEnabled);
    case GICD_IIDR:
      return IIDR_VALUE;
    default:
      return accessBank(vm, vcpu, offset, false, isStore, sizeLog2, value);
  }
}

/** The same at `offset` of a frame that shows banks. @noinline */
function accessBank(vm: Vm, vcpu: Vcpu, offset: u32, isRedistributor: boolean, isStore: boolean, sizeLog2: u32, value: u64): u64 {
  const bank = bankRegisters.find(vcpu, offset, isRedistributor);
  if (bank === null) {
    const isV3 = board.controllerKind === ControllerKind.Gicv3;
    const identification: u32 = isV3 ? GICD_PIDR2 : GICD_ICPIDR2;
    const revision: u64 = isV3 ? PIDR2_V3 : PIDR2_V2;
    return offset === identification ? revision : 0n;
  }
  if (!isStore && offset < GICD_ISPENDR) {
    // Groups and enables are nowhere else.
    return u64(bank.state[offset >> 8]);
  }
  return accessExactly(vm, vcpu, bank, offset, isStore, sizeLog2, value);
}

/** @noinline */
function accessExactly(vm: Vm, vcpu: Vcpu, bank: IrqBank, offset: u32, isStore: boolean, sizeLog2: u32, value: u64): u64 {
  vm.lock.acquire();
  virtualInterrupts.collect(vm, vcpu);
  const loaded = bankRegisters.access(vm, vcpu, bank, offset, isStore, sizeLog2, value);
  virtualInterrupts.distribute(vm, vcpu);
  if (isStore && bank !== vcpu.private) {
    virtualInterrupts.tellOthers(vm, vcpu);
  }
  vm.lock.release();
  return u64(loaded);
}

/** A load, or a store of `value`, at `address`, which is in one of the VM's redistributors. Returns what a load gets. @noinline */
export function accessRedistributor(vm: Vm, vcpu: Vcpu, address: u32, isStore: boolean, sizeLog2: u32, value: u64): u64 {
  const owner = vm.vcpu(wrappingSub(address >> REDISTRIBUTOR_SHIFT, REDISTRIBUTORS_ADDRESS >> REDISTRIBUTOR_SHIFT));
  const local = address & REDISTRIBUTOR_OFFSET;
  if (local >= SGI_FRAME) {
    const offset = local - SGI_FRAME;
    if (owner === vcpu) {
      return accessBank(vm, vcpu, offset, true, isStore, sizeLog2, value);
    }
    // The bank behind a frame belongs to the processor that has its vCPU: from elsewhere, only ISPENDR has an effect.
    if (isStore && offset === GICD_ISPENDR) {
      virtualInterrupts.raiseRemotely(owner, u32.wrap(value));
    }
    return 0n;
  }
  const index = u64(owner.index & (MACHINE_VCPUS_MAX - 1));
  switch (local) {
    case GICR_TYPER:
      return RedistributorType.of({ AFFINITY: index, PROCESSOR_NUMBER: index, LAST: wrappingAdd(owner.index, 1) === vm.vcpuCount ? 1n : 0n });
    case GICR_TYPER_HIGH:
      return index;
    case GICR_IIDR:
      return IIDR_VALUE;
    default:
      // CTLR, WAKER: always awake, nothing to wait for.
      return local === GICD_PIDR2 ? PIDR2_V3 : 0n;
  }
}
