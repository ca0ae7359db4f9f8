/**
 * The virtual handset's interrupt controller as its registers show it: a GICv3 distributor of 96 INTIDs, one
 * security state, affinity routing always on; and a redistributor a vCPU, whose second frame has the distributor's
 * layout for SGIs and PPIs. [IHI0069 12.9 "The GIC Distributor register descriptions", 12.11 "The GIC Redistributor
 * register descriptions"]
 */
import * as bankRegisters from './bank-registers.ts';
import type { IrqBank } from './irq-bank.ts';
import type { Vcpu } from './vcpu.ts';
import * as virtualInterrupts from './virtual-interrupts.ts';
import { SPI_BANKS, type Vm } from './vm.ts';

const CTLR = 0x0000;
const TYPER = 0x0004;
const IIDR = 0x0008;
const PIDR2 = 0xffe8;
const REDISTRIBUTOR_TYPER = 0x0008;
const REDISTRIBUTOR_TYPER_HIGH = 0x000c;
const ISPENDR = 0x0200;
const IROUTER = 0x6000;
const IROUTER_END = 0x6300;
const SGI_FRAME = 0x1_0000;

/** Affinity routing and no second security state, for ever. */
const CTLR_FIXED = 0x50;
const CTLR_GROUPS = 0x3;
/** ITLinesNumber 2, 10 INTID bits, no 1-of-N. */
const TYPER_VALUE = 0x0248_0002n;
/** Implementer: Arm, which Linux does not care about; product "T". */
const IIDR_VALUE = 0x5400_043bn;
/** Architecture revision: GICv3. */
const PIDR2_VALUE = 0x3bn;
const TYPER_LAST = 0x10n;

export function read(vm: Vm, vcpu: Vcpu, offset: u32): u64 {
  switch (offset) {
    case TYPER:
      return TYPER_VALUE;
    case CTLR:
      return u64(vm.groupsEnabled | CTLR_FIXED);
    case IIDR:
      return IIDR_VALUE;
    case PIDR2:
      return PIDR2_VALUE;
    default:
      break;
  }
  if (offset >= IROUTER && offset < IROUTER_END) {
    const intid = (offset - IROUTER) >> 3;
    const bank = spiBank(vm, intid >> 5);
    return bank === null || (offset & 4) !== 0 ? 0n : u64(bank.target[intid & 31]);
  }
  const word = bankRegisters.wordOf(offset);
  const bank = spiBank(vm, word);
  return bank === null ? 0n : bankRegisters.read(vm, vcpu, bank, word, offset);
}

export function write(vm: Vm, vcpu: Vcpu, offset: u32, sizeLog2: u32, value: u64): void {
  vm.lock.acquire();
  if (offset === CTLR) {
    virtualInterrupts.unqueue(vm, vcpu);
    vm.groupsEnabled = u32.wrap(value) & CTLR_GROUPS;
    virtualInterrupts.changedByRegisters(vm, vcpu);
  } else if (offset >= IROUTER && offset < IROUTER_END) {
    const intid = (offset - IROUTER) >> 3;
    const bank = spiBank(vm, intid >> 5);
    // A route to an affinity that no vCPU has is a route to vCPU 0.
    if (bank !== null && (offset & 4) === 0) {
      bank.target[intid & 31] = value < u64(vm.vcpuCount) ? u8.wrap(value) : 0;
    }
  } else {
    const word = bankRegisters.wordOf(offset);
    const bank = spiBank(vm, word);
    if (bank !== null) {
      bankRegisters.write(vm, vcpu, bank, word, offset, sizeLog2, u32.wrap(value));
    }
  }
  vm.lock.release();
}

/** `offset` from the first redistributor; which the handset has checked to be one of the VM's. */
export function readRedistributor(vm: Vm, vcpu: Vcpu, offset: u32): u64 {
  const owner = vm.vcpu(offset >> 17);
  const local = offset & 0x1_ffff;
  if (local >= SGI_FRAME) {
    return owner === vcpu && bankRegisters.wordOf(local - SGI_FRAME) === 0 ? bankRegisters.read(vm, vcpu, owner.private, 0, local - SGI_FRAME) : 0n;
  }
  const type = (u64(owner.index) << 32n) | (u64(owner.index) << 8n) | (owner.index + 1 === vm.vcpuCount ? TYPER_LAST : 0n);
  switch (local) {
    case REDISTRIBUTOR_TYPER:
      return type;
    case REDISTRIBUTOR_TYPER_HIGH:
      return type >> 32n;
    case TYPER:
      return IIDR_VALUE;
    case PIDR2:
      return PIDR2_VALUE;
    default:
      // CTLR, WAKER: always awake, nothing to wait for.
      return 0n;
  }
}

export function writeRedistributor(vm: Vm, vcpu: Vcpu, offset: u32, sizeLog2: u32, value: u64): void {
  const owner = vm.vcpu(offset >> 17);
  const local = offset & 0x1_ffff;
  // The bank behind a frame belongs to the processor that has its vCPU: from elsewhere, only ISPENDR has an effect.
  if (owner !== vcpu) {
    if (local === SGI_FRAME + ISPENDR) {
      virtualInterrupts.raiseRemotely(owner, u32.wrap(value));
    }
  } else if (local >= SGI_FRAME && bankRegisters.wordOf(local - SGI_FRAME) === 0) {
    vm.lock.acquire();
    bankRegisters.write(vm, vcpu, owner.private, 0, local - SGI_FRAME, sizeLog2, u32.wrap(value));
    vm.lock.release();
  }
}

/** Bank `word` of the VM's SPIs; null for SGIs and PPIs, which the redistributors have, and past the end. */
function spiBank(vm: Vm, word: u32): IrqBank | null {
  if (word === 0 || word > SPI_BANKS) {
    return null;
  }
  return vm.spis[word - 1];
}
