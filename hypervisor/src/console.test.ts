/** The one serial line: consoles outward, input and commands inward, as docs/abi.md has it ("The serial line"), and the guest's UART. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Class, Handset } from '../test/handset.ts';

const UART = 0x900_0000n;
const DR = UART;
const FR = UART + 0x18n;
const IMSC = UART + 0x38n;
const RIS = UART + 0x3cn;
const MIS = UART + 0x40n;
const ICR = UART + 0x44n;
const RECEIVE_EMPTY = 0x10n;
const TRANSMIT_FULL = 0x20n;
const RECEIVE = 0x50n;
const FIFO_BYTES = 32;
const UART_INTID = 33;
const DLE = 0x10;
const SECOND = 62_500_000n;

const handset = new Handset();
beforeAll(() => handset.start());
/** VM A on processor 0, VM B on processor 1; both run. */
beforeEach(() => {
  handset.reset(2, [{ on: [0] }, { on: [1] }]);
  for (const vcpu of [0, 1]) {
    handset.useCpu(vcpu);
    handset.call.startVcpu(vcpu, 0x4000_0000n);
    expect(handset.enter()).toBe(vcpu);
  }
  handset.useCpu(0);
  handset.line.take();
});

const bytes = (text: string): number[] => [...Buffer.from(text, 'latin1')];
/** Bytes arrive on the line, and interrupt for as long as the hypervisor listens. */
function type(...values: readonly (number | string)[]): void {
  handset.useCpu(0);
  handset.line.received.push(...values.flatMap((value) => (typeof value === 'string' ? bytes(value) : [value])));
  listen();
}
function listen(): void {
  for (let rounds = 0; handset.line.received.length > 0 && (handset.line.interruptMask & 0x50) !== 0; rounds += 1) {
    if (rounds > 200) throw new Error('an interrupt without end');
    handset.raise(UART_INTID);
  }
}
/** The guest that runs on the processor reads what there is. */
function readAll(): string {
  let text = '';
  while ((handset.load(FR) & RECEIVE_EMPTY) === 0n) text += String.fromCharCode(Number(handset.load(DR)));
  return text;
}
const say = (text: string): void => {
  for (const byte of bytes(text)) handset.store(DR, BigInt(byte));
};

describe('outward', () => {
  it('each console is announced where it changes, and only there', () => {
    say('hi');
    handset.useCpu(1);
    say('y');
    say('o');
    handset.useCpu(0);
    say('!');
    expect(handset.line.sent).toEqual([DLE, 0x41, ...bytes('hi'), DLE, 0x42, ...bytes('yo'), DLE, 0x41, ...bytes('!')]);
  });

  it('a DLE of a guest is doubled, and cannot pass for a command', () => {
    say('a\x10@b\x10\x10');
    expect(handset.line.sent).toEqual([DLE, 0x41, 0x61, DLE, DLE, 0x40, 0x62, DLE, DLE, DLE, DLE]);
    handset.line.sent.length = 0;
    handset.store(DR, 0x1ff10n);
    expect(handset.line.sent, 'of a wider write the low byte').toEqual([DLE, DLE]);
  });

  it("the hypervisor's own lines end before a guest's go on", () => {
    say('a');
    handset.load(0xa00_0000n);
    say('b');
    expect(handset.line.take()).toEqual({ A: 'ab', '@': expect.stringMatching(/^A: data abort [^\r\n]*\r\n$/) as string });
  });

  it('the guest is told when the line is full, and what it sends all the same is not waited for without end', () => {
    expect(handset.load(FR) & TRANSMIT_FULL).toBe(0n);
    handset.line.isFull = true;
    expect(handset.load(FR) & TRANSMIT_FULL).toBe(TRANSMIT_FULL);
    say('x');
  });
});

describe('inward', () => {
  it('goes to VM A first, and to another one from DLE and its letter on', () => {
    type('abc', DLE, 'B', 'x', DLE, DLE, 'y', DLE, 'A', 'd');
    expect(readAll()).toBe('abcd');
    handset.useCpu(1);
    expect(readAll()).toBe('x\x10y');
  });

  it('is lost for a VM that does not exist', () => {
    type(DLE, 'C', 'lost', DLE, 0x60, 'lost', DLE, 'A', 'a');
    expect(readAll()).toBe('a');
  });

  it.each([DLE, 0x61, 0x0d, 0x00, 0xff, 0x7a])('an unknown command (%i) changes nothing', (command) => {
    type(DLE, command, 'ok');
    expect(readAll()).toBe(`${command === DLE ? '\x10' : ''}ok`);
    expect(handset.line.take()).toEqual({});
  });

  it('reaches a guest that reads in time without a loss, however much it is', () => {
    const text = Array.from({ length: 1000 }, (_, index) => String.fromCharCode(0x20 + (index % 90))).join('');
    type(text);
    let got = '';
    for (let rounds = 0; got.length < text.length && rounds < 1000; rounds += 1) {
      got += readAll();
      listen();
    }
    expect(got).toBe(text);
  });

  it('for a guest that does not read stalls a second, and then commands are heard again', () => {
    type('x'.repeat(FIFO_BYTES + 5), DLE, '?');
    expect(handset.line.interruptMask).toBe(0);
    // The end of the stall is the hypervisor's timer's.
    handset.trap(Class.systemRegister, 1n);
    handset.pass(SECOND + 1n);
    listen();
    expect(handset.line.takeLines().at(-1)).toBe('~.');
    expect(readAll()).toBe('x'.repeat(FIFO_BYTES));
    type('again');
    expect(readAll()).toBe('again');
  });

  it('kills a VM that does not read', () => {
    type('x'.repeat(FIFO_BYTES + 1), DLE, 'kA');
    handset.pass(2n * SECOND);
    expect(() => {
      handset.trap(Class.systemRegister, 1n);
      handset.pass(2n * SECOND);
      listen();
    }).toThrow('nothing would wake');
    expect(handset.call.vmState(0)).toBe(0);
    expect(handset.line.takeLines()).toContain('A: off');
  });

  it('is not delivered from one VM to another that reads first', () => {
    type('x'.repeat(FIFO_BYTES + 1));
    handset.useCpu(1);
    expect(readAll()).toBe('');
    handset.useCpu(0);
    expect(readAll()).toBe('x'.repeat(FIFO_BYTES + 1));
  });
});

describe('a command', () => {
  it('kills a VM, and starts it again', () => {
    type(DLE, 'kB');
    handset.useCpu(1);
    expect(() => handset.takeInterrupts()).toThrow('nothing would wake');
    expect(handset.call.vmState(1)).toBe(0);
    expect(handset.line.takeLines()).toEqual(['B: off']);
    type(DLE, 'sB');
    expect(handset.call.vmState(1)).toBe(1);
    expect(handset.line.takeLines()).toEqual(['B: started']);
    type(DLE, 'sB');
    expect(handset.line.takeLines(), 'it runs already').toEqual([]);
  });

  it('for a VM that does not exist does nothing', () => {
    type(DLE, 'kC', DLE, 'r', DLE, 'x', DLE, 's', 0x00);
    expect([handset.call.vmState(0), handset.call.vmState(1)]).toEqual([1, 1]);
    expect(readAll()).toBe('x');
  });

  it('turns the board off', () => {
    type(DLE, 'q');
    expect(handset.firmwareCalls).toEqual([0x8400_0008n]);
  });

  it('prints the status, line by line as docs/abi.md says', () => {
    handset.time = 0x1234n;
    handset.hypercall(0x8400_0000n);
    type(DLE, '?');
    const lines = handset.line.takeLines();
    expect(lines[0]).toMatch(/^~b 2 40000 [0-9a-f]+ 3b9aca0 1234$/);
    expect(lines[1]).toBe('~m 0 A 1 40 1');
    // VM, vCPU, CPU, running; it has run since tick 0; the hypercall and this interrupt are two exits.
    expect(lines[2]).toBe('~v 0 0 0 4 1234 2 0 0');
    expect(lines[3]).toBe('~m 1 B 1 40 1');
    expect(lines[4]).toBe('~v 1 0 1 4 1234 0 0 0');
    expect(lines.slice(5)).toEqual(['~.']);
  });
});

describe("the guest's UART", () => {
  it('is a PL011 by its identification', () => {
    const ids = Array.from({ length: 8 }, (_, index) => Number(handset.load(UART + 0xfe0n + BigInt(index) * 4n)));
    expect(ids.slice(4)).toEqual([0x0d, 0xf0, 0x05, 0xb1]);
    expect([ids[0], ids[1]! & 0xf, ids[2]! >> 4]).toEqual([0x11, 0, 1]);
  });

  it('keeps what the driver sets', () => {
    const settings = [0x24n, 0x28n, 0x2cn, 0x30n, 0x34n];
    settings.forEach((offset, index) => handset.store(UART + offset, BigInt(0x10 + index)));
    expect(settings.map((offset) => handset.load(UART + offset))).toEqual([0x10n, 0x11n, 0x12n, 0x13n, 0x14n]);
  });

  it('interrupts while there is something to read, if the guest wants it', () => {
    type('ab');
    expect([handset.load(RIS) & RECEIVE, handset.load(MIS)]).toEqual([RECEIVE, 0n]);
    handset.store(IMSC, RECEIVE);
    expect(handset.load(MIS)).toBe(RECEIVE);
    handset.load(DR);
    expect(handset.load(MIS)).toBe(RECEIVE);
    handset.load(DR);
    expect(handset.load(MIS)).toBe(0n);
  });

  it('interrupts when it has sent, until the guest clears that', () => {
    handset.store(IMSC, 0x20n);
    say('a');
    expect(handset.load(MIS)).toBe(0x20n);
    handset.store(ICR, 0x20n);
    expect([handset.load(RIS) & 0x20n, handset.load(MIS)]).toEqual([0n, 0n]);
  });

  it('raises SPI 33 of its own VM', () => {
    for (const [offset, value] of [[0x84n, 2n], [0x104n, 2n], [0n, 2n]] as const) handset.store(0x800_0000n + offset, value);
    handset.store(IMSC, RECEIVE);
    type('a');
    expect(handset.interface.acknowledge()).toBe(UART_INTID);
    expect(readAll()).toBe('a');
    handset.interface.end(UART_INTID);
    handset.takeInterrupts();
    expect(handset.interface.acknowledge()).toBeNull();
  });

  it('answers at every offset with every width', () => {
    for (let offset = 0n; offset < 0x1000n; offset += 1n) {
      for (const size of [0n, 1n, 2n, 3n]) {
        handset.load(UART + offset, size);
        if (offset !== 0n) handset.store(UART + offset, 0xffff_ffffn & ((1n << (8n << size)) - 1n), size);
      }
    }
    expect(handset.line.take()).toEqual({});
  });
});
