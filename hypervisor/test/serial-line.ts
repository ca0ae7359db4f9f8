/**
 * The board's serial line as the hypervisor meets it: a PL011 that a test fills and reads, and what its bytes
 * mean to the host tool (docs/abi.md, "The serial line").
 */
import type { Mmio } from '@thimble/compiler/host-run';

const DATA = 0x00;
const FLAGS = 0x18;
const INTERRUPT_MASK = 0x38;
const FLAG_RECEIVE_EMPTY = 0x10;
const FLAG_TRANSMIT_FULL = 0x20;
const ESCAPE = 0x10;

export class SerialLine implements Mmio {
  readonly base: bigint;
  readonly sent: number[] = [];
  /** Bytes that wait to be read. */
  readonly received: number[] = [];
  isFull = false;
  interruptMask = 0;
  /** Devices behind other addresses. */
  readonly others: Mmio | null;

  constructor(base: bigint, others: Mmio | null = null) {
    this.base = base;
    this.others = others;
  }

  #offset(address: bigint): number | null {
    return address >= this.base && address < this.base + 0x1000n ? Number(address - this.base) : null;
  }

  read(address: bigint, width: number): number | bigint {
    const offset = this.#offset(address);
    if (offset === FLAGS) return (this.received.length === 0 ? FLAG_RECEIVE_EMPTY : 0) | (this.isFull ? FLAG_TRANSMIT_FULL : 0);
    if (offset === DATA) return this.received.shift() ?? 0;
    if (offset === null && this.others !== null) return this.others.read(address, width);
    throw new Error(`read of device register 0x${address.toString(16)}`);
  }

  write(address: bigint, value: bigint, width: number): void {
    const offset = this.#offset(address);
    if (offset === DATA) this.sent.push(Number(value));
    else if (offset === INTERRUPT_MASK) this.interruptMask = Number(value);
    else if (offset === null && this.others !== null) this.others.write(address, value, width);
    else throw new Error(`write to device register 0x${address.toString(16)}`);
  }

  /** Everything sent so far by channel: '@' is the hypervisor's own, 'A' VM 0's. Forgets it. */
  take(): Record<string, string> {
    const consoles: Record<string, string> = {};
    let channel = '@';
    let escaped = false;
    for (const byte of this.sent.splice(0)) {
      if (!escaped && byte === ESCAPE) {
        escaped = true;
        continue;
      }
      if (escaped && byte !== ESCAPE) channel = String.fromCharCode(byte);
      else consoles[channel] = (consoles[channel] ?? '') + String.fromCharCode(byte);
      escaped = false;
    }
    return consoles;
  }

  /** The hypervisor's own lines. */
  takeLines(): string[] {
    const text = this.take()['@'] ?? '';
    if (text !== '' && !text.endsWith('\r\n')) throw new Error(`a line of the hypervisor's own has no end: ${JSON.stringify(text)}`);
    return text.split('\r\n').slice(0, -1);
  }
}
