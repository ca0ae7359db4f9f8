/** The calls of the controller, and the doors between it and the VMs that it serves, on a handset whose machines have devices. */
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Handset, SLICE } from '../test/handset.ts';

const NOT_SUPPORTED = 0xffff_ffff_ffff_ffffn;
const INVALID_PARAMETERS = 0xffff_ffff_ffff_fffen;
const VERSION = 0xc600_0000n;
const INFO = 0xc600_0001n;
const VIRTIO_RELEASE = 0xc600_0006n;
const INTERRUPT_END = 0xc600_0008n;
const INTERRUPT_PASS = 0xc600_000an;
const START = 0xc600_0073n;
const RESET = 0xc600_0072n;
const STOP = 0xc600_006bn;
const PAUSE = 0xc600_0070n;
const RESUME = 0xc600_0063n;
const ABI = 3n;

const SYSTEM_OFF = 0x8400_0008n;
const SYSTEM_RESET = 0x8400_0009n;
const PAUSED = 4n;
const WAITS = 3;
/** The board's, of the controller's first device. */
const PHYSICAL = 40;
const DEVICE_INTID = 48;
const DOORBELL = 80;

const SLOTS = 0xa00_0000n;
const SLOT_BYTES = 0x200n;
const QUEUE_NOTIFY = 0x50n;
const STATUS = 0x70n;
const PEER = 0xf8n;
const NOTIFIED = 0x1f0n;
const WRITTEN = 0x1f4n;
const CHANGED = 0x1fcn;

const handset = new Handset('GICv3');
beforeAll(() => handset.start());

let pages: bigint[] = [];
/** VMs A and B have devices, C has none, D serves them; each has a vCPU on the one processor, and all interrupts enabled. */
beforeEach(() => {
  handset.reset(1, Array.from({ length: 4 }, () => ({ on: [0] })));
  pages = [0, 1].map((vm) => handset.call.giveSlots(vm));
  handset.call.appointController(3, PHYSICAL, 2);
  for (let vcpu = 0; vcpu < 4; vcpu += 1) handset.call.startVcpu(vcpu, 0x4000_0000n);
  handset.enter();
  for (let vcpu = 0; vcpu < 4; vcpu += 1) {
    turnOf(vcpu);
    for (const word of [0n, 1n, 2n]) {
      const [group, enable] = word === 0n ? [0x80b_0080n, 0x80b_0100n] : [0x800_0080n + 4n * word, 0x800_0100n + 4n * word];
      for (const register of [group, enable]) handset.store(register, 0xffff_ffffn);
    }
    handset.store(0x800_0000n, 3n);
  }
  handset.deactivated.length = 0;
  handset.line.take();
});

function turnOf(vcpu: number): void {
  for (let turns = 0; handset.running !== vcpu; turns += 1) {
    expect(turns, 'its turn never comes').toBeLessThan(20);
    handset.pass(SLICE);
  }
}
/** A call by the controller; what it gets in x0. */
function call(...operands: readonly bigint[]): bigint {
  turnOf(3);
  return handset.hypercall(...operands);
}
const state = (vm: number): bigint => call(INFO, BigInt(vm));
const word = (vm: number, offset: bigint): number => handset.guests.program.memory.load32(pages[vm]! + offset);
const setWord = (vm: number, offset: bigint, value: number): void => handset.guests.program.memory.store32(pages[vm]! + offset, value);
/** Times that the hypervisor has ended the device's interrupt on the board. */
const ended = (): number => handset.deactivated.filter((intid) => intid === PHYSICAL).length;
const held = (): number[] => handset.interface.held().map(({ intid }) => intid);

describe('a call', () => {
  it('is nobody\'s but the controller\'s', () => {
    turnOf(2);
    for (const number of Array.from({ length: 0x80 }, (_, low) => VERSION + BigInt(low))) expect(handset.hypercall(number, 0n, 0n, 0n)).toBe(NOT_SUPPORTED);
    expect(call(VERSION, 0n)).toBe(ABI);
  });

  it('of a number that there is not is not supported; about a machine that there is not it is invalid', () => {
    for (const number of [0x2n, 0x3n, 0x4n, 0xcn, 0xfn, 0x10n, 0x5fn]) expect(call(VERSION + number, 0n, 0n), number.toString(16)).toBe(NOT_SUPPORTED);
    for (const number of [VERSION, INFO, START, PAUSE, VIRTIO_RELEASE, 0xc600_0009n]) {
      for (const machine of [4n, 31n, 32n, 0xffff_ffffn]) expect(call(number, machine, 0n)).toBe(INVALID_PARAMETERS);
    }
  });

  it('gives orders, which INFO and the console tell of', () => {
    expect([state(0), state(2)]).toEqual([1n, 1n]);
    expect([call(PAUSE, 2n), state(2)]).toEqual([0n, PAUSED]);
    for (let turn = 0; turn < 12; turn += 1) {
      expect(handset.running).not.toBe(2);
      handset.pass(SLICE);
    }
    expect([call(RESUME, 2n), state(2)]).toEqual([0n, 1n]);
    turnOf(2);
    expect([call(STOP, 2n), state(2), call(START, 2n), state(2)]).toEqual([0n, 0n, 0n, 1n]);
    handset.pass(SLICE * 50n);
    expect([call(RESET, 2n), state(2)]).toEqual([0n, 1n]);
    expect(handset.ownLines()).toEqual(['C: paused', 'C: resumed', 'C: off', 'C: started', 'C: reset']);
  });

  it('with any operands breaks nothing', () => {
    const operand = fc.oneof(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.bigInt({ min: 0n, max: 0x60n }), fc.constantFrom(BigInt(PHYSICAL), 1019n, 1023n, 0x8000n));
    // A grant needs tables (grants.test.ts); to stop or reset the caller is another story.
    const number = fc.constantFrom(0n, 1n, 5n, 6n, 8n, 0xan, 0xbn, 0xcn, 0x63n, 0x64n, 0x73n, 0x7fn).map((low) => VERSION + low);
    fc.assert(
      fc.property(fc.array(fc.tuple(number, operand, operand, operand), { maxLength: 30 }), (calls) => {
        for (const operands of calls) call(...operands);
        for (const physical of [PHYSICAL, PHYSICAL + 1]) handset.raise(physical);
        for (let vcpu = 0; vcpu < 4; vcpu += 1) turnOf(vcpu);
      }),
      { numRuns: 100, seed: 8 },
    );
  });
});

describe('an interrupt of a device', () => {
  it('is the controller\'s until it ends it', () => {
    turnOf(3);
    handset.raise(PHYSICAL);
    expect([held(), ended()]).toEqual([[DEVICE_INTID], 0]);
    expect([call(INTERRUPT_END, BigInt(PHYSICAL)), ended()]).toEqual([0n, 1]);
  });

  it('that is passed on is a machine\'s, whose end of it is the end of the board\'s', () => {
    expect(call(INTERRUPT_PASS, BigInt(PHYSICAL), (2n << 8n) | 7n)).toBe(0n);
    expect(ended()).toBe(1);
    for (let round = 0; round < 3; round += 1) {
      handset.raise(PHYSICAL);
      turnOf(2);
      expect(held()).toEqual([39]);
      expect(handset.interface.acknowledge()).toBe(39);
      handset.interface.end(39);
    }
    expect([handset.interface.deactivated, ended()]).toEqual([[PHYSICAL, PHYSICAL, PHYSICAL], 1]);
    turnOf(3);
    expect(held()).toEqual([]);
  });

  it('that is passed on stays with a machine that leaves its processor, pending and active', () => {
    call(INTERRUPT_PASS, BigInt(PHYSICAL), (2n << 8n) | 7n);
    turnOf(2);
    handset.raise(PHYSICAL);
    turnOf(1);
    turnOf(2);
    expect(held()).toEqual([39]);
    expect(handset.interface.acknowledge()).toBe(39);
    turnOf(1);
    turnOf(2);
    handset.interface.end(39);
    expect(handset.interface.deactivated).toEqual([PHYSICAL]);
  });

  it('that the machine ends while others wait for its list register is ended on the board', () => {
    call(INTERRUPT_PASS, BigInt(PHYSICAL), (2n << 8n) | 7n);
    turnOf(2);
    handset.raise(PHYSICAL);
    expect(handset.interface.acknowledge()).toBe(39);
    for (const intid of [40, 41, 42, 43, 44]) handset.call.setLine(2, intid, true);
    handset.interface.end(39);
    handset.takeInterrupts();
    expect([...handset.interface.deactivated, ...handset.deactivated]).toContain(PHYSICAL);
  });

  it('that was not passed on when its machine ended can be ended', () => {
    call(INTERRUPT_PASS, BigInt(PHYSICAL), (2n << 8n) | 7n);
    turnOf(2);
    handset.raise(PHYSICAL);
    expect([call(STOP, 2n), call(INTERRUPT_PASS, BigInt(PHYSICAL), (2n << 8n) | 7n)]).toEqual([0n, 0n]);
    expect(ended()).toBe(2);
  });

  it('that is passed on and comes while its machine is loaded can come again', () => {
    call(INTERRUPT_PASS, BigInt(PHYSICAL), (2n << 8n) | 7n);
    expect([call(STOP, 2n), call(START, 2n)]).toEqual([0n, 0n]);
    handset.raise(PHYSICAL);
    expect(ended()).toBe(1);
    turnOf(2);
    expect([held(), ended()], 'the machine begins without it').toEqual([[], 2]);
  });

  it.each([['pending', 0x800_0284n], ['active', 0x800_0384n]])('that is passed on can come again after its machine has cleared it while it was %s', (what, register) => {
    call(INTERRUPT_PASS, BigInt(PHYSICAL), (2n << 8n) | 7n);
    turnOf(2);
    handset.raise(PHYSICAL);
    if (what === 'active') handset.interface.acknowledge();
    handset.store(register, ~(1n << 7n) & 0xffff_ffffn);
    expect([held(), ended()]).toEqual([[39], 1]);
    handset.store(register, 1n << 7n);
    expect([held(), ended()]).toEqual([[], 2]);
  });

  it('of the board\'s, that the controller was not given, is not its to end or to pass', () => {
    for (const intid of [0n, 27n, 33n, 42n, 1019n, 1023n, 0xffff_ffffn]) {
      expect([call(INTERRUPT_END, intid), call(INTERRUPT_PASS, intid, 0n)]).toEqual([INVALID_PARAMETERS, INVALID_PARAMETERS]);
    }
    expect(handset.deactivated).toEqual([]);
  });
});

describe('a write to memory that can only be read', () => {
  const at = (slot: bigint, register: bigint): bigint => SLOTS + slot * SLOT_BYTES + register;

  it('is a register of a device: the vCPU waits until it has been dealt with', () => {
    turnOf(0);
    handset.storeDenied(at(2n, STATUS), 0xabn);
    expect([word(0, 2n * SLOT_BYTES + WRITTEN) >>> 0, word(0, 2n * SLOT_BYTES + 0x1f8n)]).toEqual([0x8000_0070, 0xab]);
    turnOf(3);
    expect(held()).toEqual([DOORBELL]);
    for (let turn = 0; turn < 8; turn += 1) {
      handset.pass(SLICE);
      expect(handset.running).not.toBe(0);
    }
    call(VIRTIO_RELEASE, 0n, 2n);
    turnOf(0);
  });

  it('is a notification, with which the vCPU goes on', () => {
    turnOf(0);
    handset.registers.set('PAR_EL1', 0x77n);
    handset.storeDenied(at(1n, QUEUE_NOTIFY), 3n);
    expect(handset.registers.get('PAR_EL1'), 'the guest\'s own').toBe(0x77n);
    expect([handset.running, word(0, SLOT_BYTES + NOTIFIED)]).toEqual([0, 8]);
    turnOf(3);
    expect(held()).toEqual([DOORBELL]);
  });

  it('rings a peer, of whom the controller hears nothing', () => {
    setWord(0, 5n * SLOT_BYTES + PEER, 0x8000_0000 | (1 << 8) | 6);
    turnOf(0);
    handset.storeDenied(at(5n, QUEUE_NOTIFY), 0n);
    expect(handset.running).toBe(0);
    turnOf(3);
    expect(held()).toEqual([]);
    turnOf(1);
    expect(held()).toEqual([32 + 16 + 6]);
    expect(word(0, 5n * SLOT_BYTES + NOTIFIED)).toBe(0);
  });

  it('rings nobody where the peer is no machine', () => {
    for (const peer of [0xffff_ffff, 0x8000_1f07, 0x8000_ff00]) {
      setWord(0, PEER, peer);
      turnOf(0);
      handset.storeDenied(at(0n, QUEUE_NOTIFY), 0n);
      expect(handset.running).toBe(0);
    }
  });

  it.each([0x1000_000cn, 0x101f_fffcn, 0x3fff_f050n])('that was granted (%s) has no effect', (address) => {
    for (const vcpu of [0, 2]) {
      turnOf(vcpu);
      handset.registers.set('ELR_EL2', 0x4000_0100n);
      handset.storeDenied(address, 1n);
      expect([handset.running, handset.registers.get('ELR_EL2')]).toEqual([vcpu, 0x4000_0104n]);
    }
    expect([word(0, NOTIFIED), word(0, WRITTEN), handset.ownLines()]).toEqual([0, 0, []]);
  });

  it.each<[string, number, bigint]>([['its record of stolen time', 0, 0x4400_0000n], ['a page of slots that it has not', 2, SLOTS + STATUS], ['nothing any more', 0, 0n]])('of %s is a fault of the guest', (_, vcpu, address) => {
    turnOf(vcpu);
    handset.registers.set('VBAR_EL1', 0x4010_0000n);
    handset.storeDenied(address, 1n);
    expect(handset.registers.get('ELR_EL2')! & ~0x7ffn).toBe(0x4010_0000n);
    expect(handset.ownLines()).toHaveLength(1);
  });
});

describe('the console of a machine', () => {
  const UART = 0x900_0000n;
  const RING_BYTES = 2048;
  const at = (vm: number, offset: bigint): bigint => handset.call.stolenTimePage(vm) + offset;
  const count = (vm: number): number => handset.guests.program.memory.load32(at(vm, 0x400n));
  const wanted = (vm: number): bigint => at(vm, 0x404n);
  const ring = (vm: number): Uint8Array => handset.guests.program.memory.bytes(at(vm, 0x800n), RING_BYTES);
  const CONSOLE_INPUT = 0xc600_000bn;

  it('is in a ring that the controller sees, whether it looks or not, and on the line', () => {
    turnOf(2);
    const text = Array.from({ length: RING_BYTES + 100 }, (_, index) => 0x20 + (index % 90));
    for (const byte of text) handset.store(UART, BigInt(byte), 0n);
    expect([count(2), count(0), count(3)]).toEqual([text.length, 0, 0]);
    expect([...ring(2).subarray(0, 100)]).toEqual(text.slice(RING_BYTES));
    expect([...ring(2).subarray(100)]).toEqual(text.slice(100, RING_BYTES));
    expect(handset.line.take()['C']).toBe(String.fromCharCode(...text));
    turnOf(3);
    expect(held()).toEqual([]);
  });

  it('rings the controller once where that wants to hear', () => {
    handset.guests.program.memory.store32(wanted(2), 1);
    turnOf(2);
    for (const byte of [0x68n, 0x69n]) handset.store(UART, byte, 0n);
    expect(handset.guests.program.memory.load32(wanted(2))).toBe(0);
    turnOf(3);
    expect(held()).toEqual([DOORBELL]);
    expect(handset.interface.acknowledge()).toBe(DOORBELL);
    handset.interface.end(DOORBELL);
    turnOf(2);
    handset.store(UART, 0x6an, 0n);
    turnOf(3);
    expect(held()).toEqual([]);
  });

  it('with whatever the controller writes there stays within its page', () => {
    handset.guests.program.memory.store32(at(2, 0x400n), -1);
    turnOf(2);
    const before = [...handset.guests.program.memory.bytes(at(3, 0n), 4096)];
    for (const byte of [0x61n, 0x62n]) handset.store(UART, byte, 0n);
    expect([count(2), ring(2)[RING_BYTES - 1], ring(2)[0]]).toEqual([1, 0x61, 0x62]);
    expect([...handset.guests.program.memory.bytes(at(3, 0n), 4096)]).toEqual(before);
  });

  it('takes what the controller types, as much as the UART has room for, and never holds the line', () => {
    const typed = Array.from({ length: 40 }, (_, index) => call(CONSOLE_INPUT, 2n, BigInt(0x41 + index)));
    expect(typed).toEqual([...Array.from({ length: 32 }, () => 0n), ...Array.from({ length: 8 }, () => INVALID_PARAMETERS)]);
    turnOf(2);
    expect(Array.from({ length: 32 }, () => handset.load(UART))).toEqual(Array.from({ length: 32 }, (_, index) => BigInt(0x41 + index)));
    expect(call(CONSOLE_INPUT, 2n, 0xffff_ff5an)).toBe(0n);
    turnOf(2);
    expect([handset.load(UART), handset.load(UART + 0x18n) & 0x10n]).toEqual([0x5an, 0x10n]);
    handset.line.received.push(0x10, ...Buffer.from('C!'));
    handset.raise(33);
    turnOf(2);
    expect(handset.load(UART), 'the line goes on').toBe(0x21n);
  });
});

describe('a machine with devices', () => {
  it('that resets itself waits for the controller', () => {
    turnOf(0);
    handset.hypercall(SYSTEM_RESET);
    expect([handset.call.vmState(0), word(0, CHANGED)]).toEqual([WAITS, 1]);
    expect(state(0)).toBe(BigInt(WAITS));
    call(START, 0n);
    turnOf(0);
  });

  it('tells the controller of each change of its state, so that it need not ask', () => {
    for (const [order, into] of [[PAUSE, PAUSED], [RESUME, 1n], [STOP, 0n], [START, 1n]] as const) {
      turnOf(3);
      handset.interface.acknowledge();
      handset.interface.end(DOORBELL);
      setWord(0, CHANGED, 0);
      call(order, 0n);
      handset.pass(SLICE * 20n);
      turnOf(3);
      expect([state(0), word(0, CHANGED), held()]).toEqual([into, 1, [DOORBELL]]);
    }
    turnOf(0);
  });

  it('that is stopped while it waits is off, which the console and the controller are told', () => {
    turnOf(0);
    handset.hypercall(SYSTEM_RESET);
    expect(handset.call.vmState(0)).toBe(WAITS);
    turnOf(3);
    handset.interface.acknowledge();
    handset.interface.end(DOORBELL);
    handset.ownLines();
    call(STOP, 0n);
    handset.pass(SLICE * 20n);
    turnOf(3);
    expect([handset.call.vmState(0), handset.ownLines(), held()]).toEqual([0, ['A: off'], [DOORBELL]]);
    call(START, 0n);
    turnOf(0);
  });

  it('that waits for a controller that has ended has it started again', () => {
    turnOf(3);
    handset.hypercall(SYSTEM_OFF);
    expect(handset.call.vmState(3)).toBe(0);
    turnOf(0);
    handset.pass(SLICE * 20n);
    turnOf(0);
    handset.hypercall(SYSTEM_RESET);
    expect([handset.call.vmState(0), handset.call.vmState(3)]).toEqual([WAITS, 1]);
    expect(handset.ownLines()).toEqual(['D: off', 'A: reset', 'D: started']);
    call(START, 0n);
    turnOf(0);
  });
});
