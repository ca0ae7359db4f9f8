/**
 * The devices that a guest sees, on every board [the table "virtual handset" in ARCHITECTURE.md], by their
 * intermediate physical addresses. Whatever is not listed does not answer.
 */
import * as board from './board.ts';
import { ControllerKind } from './controller-kind.ts';
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
const UART_OFFSET = 0xfff;
const UART_FLAGS = 0x18;

export enum Device {
  None,
  Distributor,
  Redistributor,
  Interface,
  Uart,
  /** Erased, and protected from writing. */
  Flash,
}

/** The device in `page`. */
export function find(vm: Vm, page: u64): Device {
  if (page === UART) {
    return Device.Uart;
  }
  if (page < DISTRIBUTOR_END) {
    return page >= DISTRIBUTOR ? Device.Distributor : page >= FLASH ? Device.Flash : Device.None;
  }
  if (board.controllerKind !== ControllerKind.Gicv3) {
    return page < INTERFACE_END ? Device.Interface : Device.None;
  }
  // What is below them wraps to far above.
  return wrappingSub(page, REDISTRIBUTORS) >> REDISTRIBUTOR_SHIFT < u64(vm.vcpuCount) ? Device.Redistributor : Device.None;
}

/**
 * What the register of `device` (from `find`) at `address`, of which the low 32 bits are given, reads as. A narrower access than the register's takes the low bytes:
 * whoever calls cuts them off.
 */
export function read(device: Device, vm: Vm, vcpu: Vcpu, address: u32): u64 {
  if (device === Device.Distributor) {
    return distributor.read(vm, vcpu, address & DISTRIBUTOR_OFFSET);
  }
  if (device === Device.Uart) {
    const offset = address & UART_OFFSET;
    // Guests poll it.
    return u64(offset === UART_FLAGS ? vm.uart.flags() : vm.uart.read(vm, offset));
  }
  if (device === Device.Interface) {
    return u64(softwareInterface.read(vcpu, address & INTERFACE_OFFSET));
  }
  return device === Device.Redistributor ? distributor.readRedistributor(vm, vcpu, address) : FLASH_ERASED;
}

/** Writes `value`, 1 << sizeLog2 bytes, likewise. */
export function write(device: Device, vm: Vm, vcpu: Vcpu, address: u32, sizeLog2: u32, value: u64): void {
  if (device === Device.Distributor) {
    distributor.write(vm, vcpu, address & DISTRIBUTOR_OFFSET, sizeLog2, value);
  } else if (device === Device.Uart) {
    vm.uart.write(vm, address & UART_OFFSET, u32.wrap(value));
  } else if (device === Device.Interface) {
    softwareInterface.write(vm, vcpu, address & INTERFACE_OFFSET, u32.wrap(value));
  } else if (device === Device.Redistributor) {
    distributor.writeRedistributor(vm, vcpu, address, sizeLog2, value);
  }
}
