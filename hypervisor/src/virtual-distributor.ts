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

export function read(vm: Vm, vcpu: Vcpu, offset: u32): u64 {
  const isV3 = board.controllerKind === ControllerKind.Gicv3;
  switch (offset) {
    case GICD_TYPER:
      return isV3 ? TYPER_V3 : u64(TYPER_V2 | (wrappingSub(vm.vcpuCount, 1) << 5));
    case GICD_CTLR:
      return u64(isV3 ? vm.groupsEnabled | CTLR_FIXED : vm.groupsEnabled);
    case GICD_IIDR:
      return IIDR_VALUE;
    default:
      return readBank(vm, vcpu, offset, isV3);
  }
}

/** @noinline */
function readBank(vm: Vm, vcpu: Vcpu, offset: u32, isV3: boolean): u64 {
  const bank = bankRegisters.find(vm, vcpu, offset, false);
  if (bank !== null) {
    return bankRegisters.read(vm, vcpu, bank, offset);
  }
  const identification: u32 = isV3 ? GICD_PIDR2 : GICD_ICPIDR2;
  const revision: u64 = isV3 ? PIDR2_V3 : PIDR2_V2;
  return offset === identification ? revision : 0n;
}

export function write(vm: Vm, vcpu: Vcpu, offset: u32, sizeLog2: u32, value: u64): void {
  change(vm, vcpu, offset, false, sizeLog2, value);
}

/** Writes to GICD_CTLR, or to the register at `offset` of a bank. @noinline */
function change(vm: Vm, vcpu: Vcpu, offset: u32, isRedistributor: boolean, sizeLog2: u32, value: u64): void {
  const bank = bankRegisters.find(vm, vcpu, offset, isRedistributor);
  const isControl = offset === GICD_CTLR && !isRedistributor;
  if (bank === null && !isControl) {
    return;
  }
  vm.lock.acquire();
  virtualInterrupts.collect(vm, vcpu);
  if (bank === null) {
    vm.groupsEnabled = u32.wrap(value) & CTLR_GROUPS;
  } else {
    bankRegisters.write(vm, vcpu, bank, offset, sizeLog2, value);
  }
  virtualInterrupts.changedByRegisters(vm, vcpu);
  vm.lock.release();
}

/** The vCPU whose redistributor has `address`, which the handset has checked. @inline */
function ownerOf(vm: Vm, address: u32): Vcpu {
  return vm.vcpu(wrappingSub(address >> REDISTRIBUTOR_SHIFT, REDISTRIBUTORS_ADDRESS >> REDISTRIBUTOR_SHIFT));
}

/** Of the register at `address`, which is in one of the VM's redistributors. @noinline */
export function readRedistributor(vm: Vm, vcpu: Vcpu, address: u32): u64 {
  const owner = ownerOf(vm, address);
  const local = address & REDISTRIBUTOR_OFFSET;
  if (local >= SGI_FRAME) {
    const bank = owner === vcpu ? bankRegisters.find(vm, vcpu, local - SGI_FRAME, true) : null;
    return bank === null ? 0n : bankRegisters.read(vm, vcpu, bank, local - SGI_FRAME);
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

export function writeRedistributor(vm: Vm, vcpu: Vcpu, address: u32, sizeLog2: u32, value: u64): void {
  const owner = ownerOf(vm, address);
  const local = wrappingSub(address & REDISTRIBUTOR_OFFSET, SGI_FRAME);
  // The bank behind a frame belongs to the processor that has its vCPU: from elsewhere, only ISPENDR has an effect.
  if (owner !== vcpu) {
    if (local === GICD_ISPENDR) {
      virtualInterrupts.raiseRemotely(owner, u32.wrap(value));
    }
  } else {
    change(vm, vcpu, local, true, sizeLog2, value);
  }
}
