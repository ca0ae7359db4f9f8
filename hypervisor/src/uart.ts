/**
 * The board's serial line: one polled UART, whatever its kind. A kind is a row of data.
 */
import type { Cpu } from './cpu.ts';
import * as gic from './gic.ts';
import * as input from './input.ts';

interface UartKind {
  /** In the device tree. */
  readonly compatible: string;
  /** Offsets of the registers to send and to receive a byte, and of the status register. */
  readonly transmit: u32;
  readonly receive: u32;
  readonly status: u32;
  /** Status bits, and their value while another byte can be sent, and while one has been received. */
  readonly canSendMask: u32;
  readonly canSendValue: u32;
  readonly receivedMask: u32;
  readonly receivedValue: u32;
  /** Offset of the interrupt mask, and its value to be told of received bytes. */
  readonly interruptMask: u32;
  readonly interruptOn: u32;
}

const KINDS: readonly UartKind[] = [
  {
    compatible: 'arm,pl011',
    transmit: 0x00, receive: 0x00, status: 0x18,
    canSendMask: 0x20, canSendValue: 0, receivedMask: 0x10, receivedValue: 0,
    interruptMask: 0x38, interruptOn: 0x50,
  },
];

/** How often a full transmitter is polled before a byte of the hypervisor's own is given up. */
const POLLS_MAX = 0x10_0000;
/** Bytes read in one interrupt. */
const RECEIVE_MAX = 64;

/** Mapped registers; 0 as long as there is no line. */
let base: u64 = 0n;
let kind: u32 = 0;
let interruptId: u32 = 0;
let isStuck: boolean = false;
let receiver: Cpu | null = null;

export function kindCount(): u32 {
  return KINDS.length;
}

export function compatible(index: u32): string {
  return KINDS[index].compatible;
}

/** Uses the UART of kind `index` at `va` from here on. */
export function use(va: u64, index: u32): void {
  base = va;
  kind = index;
}

/** Has received bytes interrupt `cpu` with SPI `intid`. */
export function enableInterrupt(intid: u32, cpu: Cpu): void {
  interruptId = intid;
  receiver = cpu;
  gic.enableSpi(intid, cpu);
  listen(true);
}

/** Whether received bytes interrupt `cpu`. */
export function interruptsTo(cpu: Cpu): boolean {
  return receiver === cpu;
}

/** Turns the interrupt for received bytes on or off. */
export function listen(on: boolean): void {
  const row = KINDS[kind];
  mmio.write32(base + u64(row.interruptMask), on ? row.interruptOn : 0);
}

/** Whether a byte can be sent without waiting. */
export function isReady(): boolean {
  const row = KINDS[kind];
  return base === 0n || (mmio.read32(base + u64(row.status)) & row.canSendMask) === row.canSendValue;
}

/** Sends a byte, and waits for room, but not for ever: a transmitter that is stuck costs that wait once. */
export function send(byte: u8): void {
  if (base !== 0n) {
    let polls: u32 = isStuck ? POLLS_MAX : 0;
    isStuck = false;
    while (!isReady()) {
      if (polls === POLLS_MAX) {
        isStuck = true;
        return;
      }
      polls += 1;
    }
    mmio.write32(base + u64(KINDS[kind].transmit), u32(byte));
  }
}

/** Handles the interrupt `intid`. False if it is not the UART's. */
export function interrupt(intid: u32): boolean {
  if (intid !== interruptId) {
    return false;
  }
  const row = KINDS[kind];
  for (let i: u32 = 0; i < RECEIVE_MAX; i += 1) {
    if ((mmio.read32(base + u64(row.status)) & row.receivedMask) !== row.receivedValue) {
      return true;
    }
    input.take(u8.wrap(mmio.read32(base + u64(row.receive))));
    if (input.isStalled()) {
      // Further bytes stay in the UART until the guest has read some of those it has.
      return true;
    }
  }
  return true;
}
