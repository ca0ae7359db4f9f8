/**
 * What the tool says on the serial line: input for a machine, and orders to the hypervisor.
 */
import { DLE, machineLetter } from './channel.ts';

const STATUS = 0x3f; // "?"
const POWER_OFF = 0x71; // "q"
const ORDERS = { reset: 0x72, kill: 0x6b, start: 0x73, pause: 0x70, resume: 0x63 } as const;

export type Order = keyof typeof ORDERS;

export function statusRequest(): Buffer {
  return Buffer.from([DLE, STATUS]);
}

export function powerOffRequest(): Buffer {
  return Buffer.from([DLE, POWER_OFF]);
}

export function machineOrder(order: Order, index: number): Buffer {
  return Buffer.from([DLE, ORDERS[order], machineLetter(index)]);
}

/** Remembers whom the line's input goes to, and says so only when that changes. */
export class InputEncoder {
  private target = 0;

  encode(index: number, data: Uint8Array): Buffer {
    const bytes: number[] = [];
    if (index !== this.target) {
      bytes.push(DLE, machineLetter(index));
      this.target = index;
    }
    for (const byte of data) {
      if (byte === DLE) bytes.push(DLE);
      bytes.push(byte);
    }
    return Buffer.from(bytes);
  }
}
