/**
 * The devices that a guest sees, on every board [the table "virtual handset" in ARCHITECTURE.md], by their
 * intermediate physical addresses. Whatever is not listed does not answer.
 */
import type { Vcpu } from './vcpu.ts';
import * as distributor from './virtual-distributor.ts';
import type { Vm } from './vm.ts';

/** The second bank of `virt`'s flash, where U-Boot looks for its environment. The first, at 0, is where null pointers point: nothing is there. */
const FLASH = 0x0400_0000n;
const DISTRIBUTOR = 0x0800_0000n;
const DISTRIBUTOR_BYTES = 0x1_0000n;
const REDISTRIBUTORS = 0x080a_0000n;
const REDISTRIBUTOR_SHIFT = 17n;
const UART = 0x0900_0000n;
const UART_BYTES = 0x1000n;

export enum Device {
  None,
  Distributor,
  Redistributor,
  Uart,
  /** Erased, and protected from writing. */
  Flash,
}

/** The device at `address`. */
export function find(vm: Vm, address: u64): Device {
  if (address < DISTRIBUTOR) {
    return address >= FLASH ? Device.Flash : Device.None;
  }
  if (address < DISTRIBUTOR + DISTRIBUTOR_BYTES) {
    return Device.Distributor;
  }
  if (address >= UART) {
    return address < UART + UART_BYTES ? Device.Uart : Device.None;
  }
  if (address >= REDISTRIBUTORS && (address - REDISTRIBUTORS) >> REDISTRIBUTOR_SHIFT < u64(vm.vcpuCount)) {
    return Device.Redistributor;
  }
  return Device.None;
}

/**
 * What the register of `device` (from `find`) at `address` reads as. A narrower access than the register's takes the low bytes:
 * whoever calls cuts them off.
 */
export function read(device: Device, vm: Vm, vcpu: Vcpu, address: u64): u64 {
  switch (device) {
    case Device.Distributor:
      return distributor.read(vm, vcpu, u32.wrap(address & (DISTRIBUTOR_BYTES - 1n)));
    case Device.Redistributor:
      return distributor.readRedistributor(vm, vcpu, u32.wrap(wrappingSub(address, REDISTRIBUTORS)));
    case Device.Uart:
      return u64(vm.uart.read(vm, u32.wrap(address & (UART_BYTES - 1n))));
    case Device.Flash:
      return 0xffff_ffff_ffff_ffffn;
    case Device.None:
      return 0n;
  }
}

/** Writes `value`, 1 << sizeLog2 bytes, likewise. */
export function write(device: Device, vm: Vm, vcpu: Vcpu, address: u64, sizeLog2: u32, value: u64): void {
  switch (device) {
    case Device.Distributor:
      distributor.write(vm, vcpu, u32.wrap(address & (DISTRIBUTOR_BYTES - 1n)), sizeLog2, value);
      break;
    case Device.Redistributor:
      distributor.writeRedistributor(vm, vcpu, u32.wrap(wrappingSub(address, REDISTRIBUTORS)), sizeLog2, value);
      break;
    case Device.Uart:
      vm.uart.write(vm, u32.wrap(address & (UART_BYTES - 1n)), u32.wrap(value));
      break;
    case Device.Flash:
    case Device.None:
      break;
  }
}
