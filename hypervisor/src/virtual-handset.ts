/**
 * The devices that a guest sees, on every board [the table "virtual handset" in ARCHITECTURE.md], by their
 * intermediate physical addresses. Whatever is not listed does not answer.
 */
import { FAR_EL2 } from '@thimble/arm64/registers-el2.ts';
import { DataAbortSyndrome } from '@thimble/arm64/syndrome.ts';
import * as board from './board.ts';
import { ControllerKind } from './controller-kind.ts';
import { PAGE_BYTES, PAGE_SHIFT } from './layout.ts';
import * as softwareInterface from './software-interface.ts';
import type { Vcpu } from './vcpu.ts';
import * as distributor from './virtual-distributor.ts';
import type { Vm } from './vm.ts';

/**
 * Pages of 4 KiB. The second bank of `virt`'s flash is where U-Boot looks for its environment; the first, at 0, is where null pointers point: nothing
 * is there.
 */
const FLASH = 0x4000n;
const FLASH_ERASED = 0xffff_ffff_ffff_ffffn;
const DISTRIBUTOR = 0x8000n;
const DISTRIBUTOR_END = 0x8010n;
const REDISTRIBUTORS = 0x80a0n;
const REDISTRIBUTOR_SHIFT = 5n;
const UART = 0x9000n;
/** A GICv2's CPU interface, where stage 2 does not map the board's: two pages. */
const INTERFACE_END = 0x8012n;
const INTERFACE_OFFSET = 0x1fff;
/** Low bits of an address: its offset in a device. */
const DISTRIBUTOR_OFFSET = 0xffff;
const UART_FLAGS = 0x18;

/**
 * The load or store of `vcpu` that came to EL2 with syndrome `esr`, to the page of that number. False if nothing is there: nothing has been done.
 */
export function access(vm: Vm, vcpu: Vcpu, page: u64, esr: u64): boolean {
  const register = u32(DataAbortSyndrome.get(esr, 'SRT'));
  const isStore = DataAbortSyndrome.get(esr, 'WNR') === 1n;
  const stored = isStore ? cut(vcpu.x[register], esr) : 0n;
  const offset = u32(FAR_EL2.read() & (PAGE_BYTES - 1n));
  let loaded: u64 = FLASH_ERASED;
  if (page === UART) {
    if (isStore) {
      vm.uart.write(vm, offset, u32.wrap(stored));
    } else {
      // Guests poll it.
      loaded = offset === UART_FLAGS ? vm.uart.flags() : vm.uart.read(vm, offset);
    }
  } else if (page < DISTRIBUTOR) {
    // The flash is protected: what is stored changes nothing.
    if (page < FLASH) {
      return false;
    }
  } else {
    const address = u32.wrap(page << PAGE_SHIFT) | offset;
    const sizeLog2 = u32(DataAbortSyndrome.get(esr, 'SAS'));
    if (page < DISTRIBUTOR_END) {
      loaded = distributor.access(vm, vcpu, address & DISTRIBUTOR_OFFSET, isStore, sizeLog2, stored);
    } else if (board.controllerKind === ControllerKind.Gicv3) {
      // What is below them wraps to far above.
      if (wrappingSub(page, REDISTRIBUTORS) >> REDISTRIBUTOR_SHIFT >= u64(vm.vcpuCount)) {
        return false;
      }
      loaded = distributor.accessRedistributor(vm, vcpu, address, isStore, sizeLog2, stored);
    } else if (page >= INTERFACE_END) {
      return false;
    } else if (isStore) {
      softwareInterface.write(vm, vcpu, address & INTERFACE_OFFSET, u32.wrap(stored));
    } else {
      loaded = softwareInterface.read(vcpu, address & INTERFACE_OFFSET);
    }
  }
  if (!isStore) {
    vcpu.x[register] = isWord(esr) ? loaded & 0xffff_ffffn : extend(loaded, esr);
  }
  return true;
}

/** A 32-bit access without sign extension, which is what drivers use. */
function isWord(esr: u64): boolean {
  return (esr & (DataAbortSyndrome.mask('SAS') | DataAbortSyndrome.mask('SSE'))) === DataAbortSyndrome.of({ SAS: 2n });
}

const BITS: u64 = 64n;
const BITS_A_BYTE: u64 = 8n;
/** How many bits of a register are beyond the width of the access. */
function beyond(esr: u64): u64 {
  return wrappingSub(BITS, BITS_A_BYTE << DataAbortSyndrome.get(esr, 'SAS'));
}

/** The low bits of `value`, as many as the access has. */
function cut(value: u64, esr: u64): u64 {
  const shift = beyond(esr);
  return (value << shift) >> shift;
}

/** What the register of a load gets: as `cut`, with zeros or the sign above, to 32 or 64 bits. @noinline */
function extend(value: u64, esr: u64): u64 {
  if (DataAbortSyndrome.get(esr, 'SSE') === 0n) {
    return cut(value, esr);
  }
  const shift = beyond(esr);
  const extended = u64.wrap(i64.wrap(value << shift) >> shift);
  return DataAbortSyndrome.get(esr, 'SF') === 1n ? extended : extended & 0xffff_ffffn;
}
