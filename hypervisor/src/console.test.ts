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
/** The processor that takes the input looks whether there is room for what it holds. */
function lookAgain(): void {
  handset.pass(SECOND / 1000n);
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

  it("the hypervisor's own lines are whole, whatever guests send meanwhile", () => {
    say('a');
    handset.load(0xa00_0000n);
    say('b');
    handset.pass(SECOND / 20n);
    say('c');
    handset.pass(SECOND / 10n);
    expect(handset.line.take()).toEqual({ A: 'abc', '@': expect.stringMatching(/^A: data abort [^\r\n]*\r\n$/) as string });
  });

  it('the guest is told when the line is full, and what it sends all the same is not waited for without end', () => {
    expect(handset.load(FR) & TRANSMIT_FULL).toBe(0n);
    handset.line.isFull = true;
    expect(handset.load(FR) & TRANSMIT_FULL).toBe(TRANSMIT_FULL);
    say('x');
  });
});

describe("the hypervisor's own lines", () => {
  /** The guest of the processor at hand reads what nothing answers: a line. As many as that in all its life. */
  const LINES_A_LIFE = 8;
  const FAULT = /^[AB]: data abort pc=[0-9a-f]+ esr=[0-9a-f]+ far=[0-9a-f]+ ipa=a000000$/;
  const fault = (): void => void handset.load(0xa00_0000n);
  /** Another life: it has been off for a while, and may be told of again. */
  function restart(): void {
    handset.useCpu(1);
    handset.call.endVm(1);
    handset.call.startVm(1);
    handset.enter();
  }

  it('are not sent within the trap that makes them, but soon afterwards, though no guest traps any more', () => {
    fault();
    expect(handset.line.sent).toEqual([]);
    handset.pass(SECOND / 50n);
    expect(handset.line.takeLines()).toEqual([expect.stringMatching(FAULT)]);
  });

  it('wait for a line that is full, and nobody waits with them', () => {
    handset.line.isFull = true;
    fault();
    handset.pass(SECOND);
    expect(handset.line.sent).toEqual([]);
    handset.line.isFull = false;
    expect(handset.ownLines()).toEqual([expect.stringMatching(FAULT)]);
    const exits = handset.call.exits(0);
    handset.pass(SECOND);
    expect(handset.call.exits(0), 'nothing is left to do').toBe(exits);
  });

  it('of two processors stay apart, and whole', () => {
    for (let i = 0; i < LINES_A_LIFE; i += 1) {
      for (const cpu of [0, 1]) {
        handset.useCpu(cpu);
        fault();
        handset.pass(SECOND / 2000n);
        say('x');
      }
    }
    const lines = handset.ownLines();
    expect(lines).toHaveLength(2 * LINES_A_LIFE);
    for (const line of lines) expect(line).toMatch(FAULT);
  });

  it('are lost as a whole when there is no room for more, and one says so', () => {
    handset.line.isFull = true;
    for (let life = 0; life < 10; life += 1) {
      restart();
      for (let i = 0; i < LINES_A_LIFE; i += 1) fault();
    }
    handset.line.isFull = false;
    const kept = handset.ownLines();
    expect(kept.length).toBeGreaterThan(20);
    expect(kept.length).toBeLessThan(10 * (1 + LINES_A_LIFE));
    for (const line of kept) expect(line === 'B: started' || FAULT.test(line), line).toBe(true);
    handset.useCpu(0);
    fault();
    expect(handset.ownLines()).toEqual(['thimble: lines lost', expect.stringMatching(FAULT)]);
    fault();
    expect(handset.ownLines(), 'which is said once').toEqual([expect.stringMatching(FAULT)]);
  });

  it('leave room for the status, however many there are', () => {
    handset.line.isFull = true;
    for (let life = 0; life < 10; life += 1) {
      restart();
      for (let i = 0; i < LINES_A_LIFE; i += 1) fault();
    }
    type(DLE, '?');
    handset.pass(SECOND / 10n);
    handset.line.isFull = false;
    expect(handset.ownLines().filter((line) => line.startsWith('~')).map((line) => line.slice(0, 2))).toEqual(['~b', '~m', '~v', '~m', '~v', '~.']);
  });

  it('are sent before the board is turned off', () => {
    fault();
    type(DLE, 'q');
    expect(handset.line.takeLines()).toEqual([expect.stringMatching(FAULT)]);
    expect(handset.firmwareCalls).toEqual([0x8400_0008n]);
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
      lookAgain();
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
    expect(handset.ownLines().at(-1)).toBe('~.');
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
    expect(handset.ownLines()).toContain('A: off');
  });

  it('is not delivered from one VM to another that reads first', () => {
    type('x'.repeat(FIFO_BYTES + 1));
    handset.useCpu(1);
    expect(readAll()).toBe('');
    handset.useCpu(0);
    lookAgain();
    expect(readAll()).toBe('x'.repeat(FIFO_BYTES));
    lookAgain();
    expect(readAll()).toBe('x');
  });

  it('is taken by one processor only: what a guest on another one does meanwhile changes neither its order nor who listens', () => {
    const text = Array.from({ length: FIFO_BYTES * 3 }, (_, index) => String.fromCharCode(0x20 + index)).join('');
    const write = handset.line.write.bind(handset.line);
    let isUnderWay = false;
    // Whatever the guest's processor has to do with the line, the other one is in the middle of its interrupt.
    handset.line.write = (address, value, width) => {
      if (isUnderWay) {
        isUnderWay = false;
        handset.useCpu(0);
        handset.raise(UART_INTID);
        handset.useCpu(1);
      }
      write(address, value, width);
    };
    type(DLE, 'B', text);
    let got = '';
    for (let round = 0; got.length < text.length && round < text.length; round += 1) {
      handset.useCpu(1);
      isUnderWay = true;
      if ((handset.load(FR) & RECEIVE_EMPTY) === 0n) got += String.fromCharCode(Number(handset.load(DR)));
      isUnderWay = false;
      handset.useCpu(0);
      lookAgain();
      listen();
    }
    handset.line.write = write;
    expect(got).toBe(text);
  });
});

describe('a command', () => {
  it('kills a VM, and starts it again', () => {
    type(DLE, 'kB');
    handset.useCpu(1);
    expect(() => handset.takeInterrupts()).toThrow('nothing would wake');
    expect(handset.call.vmState(1)).toBe(0);
    expect(handset.ownLines()).toEqual(['B: off']);
    type(DLE, 'sB');
    expect(handset.call.vmState(1)).toBe(1);
    expect(handset.ownLines()).toEqual(['B: started']);
    type(DLE, 'sB');
    expect(handset.ownLines(), 'it runs already').toEqual([]);
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
    const lines = handset.ownLines();
    const [, begun] = /^~b 2 40000 [0-9a-f]+ 3b9aca0 ([0-9a-f]+)$/.exec(lines[0]!)!;
    expect(Number.parseInt(begun!, 16)).toBeGreaterThan(0x1234);
    expect(lines[1]).toBe('~m 0 A 1 40 1');
    expect(lines[3]).toBe('~m 1 B 1 40 1');
    for (const [index, line] of [[0, lines[2]!], [1, lines[4]!]] as const) {
      // VM, vCPU, CPU, running; it has run since tick 0; no wake-up, and no time in which it could have run and did not.
      const [, ran, exits] = new RegExp(`^~v ${index} 0 ${index} 4 ([0-9a-f]+) ([0-9a-f]+) 0 0$`).exec(line)!;
      expect(Number.parseInt(ran!, 16)).toBeGreaterThanOrEqual(Number.parseInt(begun!, 16));
      // The hypercall, the line's interrupt, and those that the printing itself takes; none on the other processor.
      expect(Number.parseInt(exits!, 16) >= 3).toBe(index === 0);
    }
    expect(lines.slice(5)).toEqual(['~.']);
  });
});

describe("the line's interrupt", () => {
  const DISTRIBUTOR_DISABLE = 0x184n;
  const IDLE_MAX = 16;
  const isOff = (): boolean => handset.redistributorWrites.some(([offset, value]) => (offset + 0x3c30_0000n) === DISTRIBUTOR_DISABLE && value === 1n << (BigInt(UART_INTID) % 32n));
  const idle = (times: number): void => {
    for (let i = 0; i < times; i += 1) handset.raise(UART_INTID);
  };

  it('is turned off if it comes sixteen times in a row without a byte, for it would come for ever', () => {
    idle(IDLE_MAX - 1);
    expect(isOff()).toBe(false);
    idle(1);
    expect(isOff()).toBe(true);
  });

  it('stays on if there is a byte now and then', () => {
    for (let round = 0; round < 4; round += 1) {
      idle(IDLE_MAX - 1);
      type('x');
    }
    expect(isOff()).toBe(false);
    expect(readAll()).toBe('xxxx');
  });

  it('counts a byte that comes while the status is looked at', () => {
    idle(IDLE_MAX - 1);
    const { line } = handset;
    const read = line.read.bind(line);
    line.read = (address, width) => {
      // Once: it is there when the register is read, and was not when the interrupt was taken.
      line.read = read;
      line.received.push(0x79);
      return read(address, width);
    };
    idle(IDLE_MAX - 1);
    expect(isOff()).toBe(false);
    expect(readAll()).toBe('y');
  });

  it('brings sixteen bytes at most, and comes again for the rest', () => {
    handset.line.received.push(...bytes('0123456789abcdefghij'));
    handset.raise(UART_INTID);
    expect(readAll()).toBe('0123456789abcdef');
    handset.raise(UART_INTID);
    expect(readAll()).toBe('ghij');
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
