/**
 * A board on which the compiled device machine runs, with machines whose memory and registers a test plays. What the program reads and writes
 * lies either in its own memory or in a machine's RAM, and an access anywhere else is the test's failure.
 */
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { loadProgram, type Mmio, type Program } from '@thimble/compiler/host-run';
import { type DeviceSettings, settingsBytes } from '../../tool/src/devices/settings.ts';
import type { PhysicalDevice } from './physical-device.ts';

const CONSOLE = 0x0900_0000n;
const CONSOLE_FLAGS = 0x18n;
const RECEIVER_EMPTY = 0x10n;
const CONSOLE_MASK = 0x38n;
const CONSOLE_INTERRUPT = 33;
const CPU_INTERFACE_IAR = 0x0801_000cn;
const CONTROLLER_END = 0x0802_0000n;
const CONTROLLER = 0x0800_0000n;
const TRANSPORTS = 0x0a00_0000n;
const TRANSPORT_BYTES = 0x200n;
const TRANSPORTS_END = 0x0a00_4000n;
/** The page of the board's clock, and where it says that it is one. */
export const CLOCK = 0x0a00_4000n;
const CLOCK_ID = CLOCK + 0xfe0n;
const PAGES = 0x0b00_0000n;
const SETTINGS = 0x4000_0000n;
const SETTINGS_BYTES = 0x2400;
const PAGES_BYTES = 32 * 4096;
const ARENA = 0x4010_0000n;
const KEPT = 0x417e_0000n;
const OWN_END = 0x4200_0000n;
const WINDOW_SHIFT = 32n;
export const RAM = 0x4000_0000n;
const DOORBELL = 80;
const NO_INTERRUPT = 1023;

/** abi/src/controller-calls.ts */
/** Of a machine's page. */
const CHANGED = 0x1fc;
const MACHINE_INFO = 0xc600_0001n;
const MACHINE_START = 0xc600_0073n;
const VIRTIO_INTERRUPT = 0xc600_0005n;
const VIRTIO_RELEASE = 0xc600_0006n;
const TRANSLATE = 0xc600_0007n;
const MACHINE_GRANT = 0xc600_0009n;
const INTERRUPT_PASS = 0xc600_000an;
const RUNNING = 1n;
const WAITS = 3n;
const PAUSED = 4n;

export interface DeviceFunctions {
  open(): void;
  turn(): boolean;
  isOverview(): boolean;
  focus(): number;
  placeAt(x: number, y: number): number;
  settingsAreValid(): boolean;
  deviceWord(index: number, which: number): bigint;
  machineWord(index: number, which: number): number;
  slotWord(index: number, slot: number, which: number): number;
  machineNameAt(index: number): bigint;
  volumeNameAt(index: number): bigint;
}

/** Of the board's counter. */
const FREQUENCY = 1000n;
const NEVER = 1n << 64n;
/** Its timers: how their registers begin, and their INTIDs. */
const TIMERS = [['CNTV', 27], ['CNTP', 30]] as const;

/** An access that no correct device machine makes. */
export class Stray extends Error {}

/** More turns than any amount of waiting work explains. */
const TURNS_MAX = 2000;

export class Board {
  readonly program: Program<DeviceFunctions>;
  #isListening = false;
  readonly rams = new Map<number, Uint8Array>();
  readonly transports: (PhysicalDevice | null)[] = [];
  /** What the program has said on its console. */
  said = '';
  /** What was typed on it and is not taken yet. */
  readonly typed: number[] = [];
  /** Interrupts that pend. */
  readonly pending: number[] = [];
  /** `machine.slot` of each interrupt and release, and each machine that was started. */
  readonly interrupted: string[] = [];
  readonly released: string[] = [];
  /** Interrupts that were passed on: `machine SPI INTID`. */
  readonly passed: string[] = [];
  readonly started: number[] = [];
  /** What machines were shown: `machine address own`, the addresses as hexadecimal numbers. */
  readonly granted: string[] = [];
  /** What the first number of the clock says, and whether the hypervisor lends things. */
  clockId = 0x31;
  lends = true;
  readonly running = new Set<number>();
  readonly waiting = new Set<number>();
  /** Of those that run. */
  readonly paused = new Set<number>();
  /** Loads and stores of machines' memory, blocks of bytes counted once, and how many there may be. */
  accesses = 0;
  accessesMax = Infinity;
  /** What a machine does meanwhile, on another processor: after each such access. */
  meanwhile: (() => void) | null = null;
  /** The counter, which goes on by a tick each time that it is read, so that who waits for it does not wait for ever. */
  time = 0n;
  /** Ticks that each machine has run. */
  readonly ticks = new Map<number, bigint>();
  /** How often something in memory was compared with what it was. */
  digests = 0;

  private constructor(program: Program<DeviceFunctions>) {
    this.program = program;
  }

  static async load(): Promise<Board> {
    const box: { board: Board | null } = { board: null };
    const board = (): Board => box.board!;
    const mmio: Mmio = {
      read: (address, width) => board().#read(address, width / 8),
      write: (address, value, width) => board().#write(address, value, width / 8),
    };
    const hooks = {
      instructions_hvc: (id: number | bigint = 0, a: number | bigint = 0, b: number | bigint = 0, c: number | bigint = 0) =>
        board().#call(BigInt.asUintN(64, BigInt(id)), a, b, c),
      hypervisor_callForAll: (_id: number | bigint = 0, machine: number | bigint = 0, _b: number | bigint = 0, to: number | bigint = 0) => {
        [board().#state(Number(machine)), board().ticks.get(Number(machine)) ?? 0n, 0n, 0n].forEach((value, index) => board().program.memory.store64(Number(to) + index * 8, value));
        return undefined;
      },
      bytes_copy: (to: number | bigint = 0, from: number | bigint = 0, bytes: number | bigint = 0) => {
        board().at(BigInt.asUintN(64, BigInt(to)), Number(bytes), true).set(board().at(BigInt.asUintN(64, BigInt(from)), Number(bytes)));
        return undefined;
      },
      pixels_fill: (to: number | bigint = 0, count: number | bigint = 0, colour: number | bigint = 0) => {
        const bytes = board().at(BigInt.asUintN(64, BigInt(to)), Number(count) * 4, true);
        new Uint32Array(bytes.buffer, bytes.byteOffset, Number(count)).fill(Number(colour) >>> 0);
        return undefined;
      },
      pixels_copy: (to: number | bigint = 0, from: number | bigint = 0, bytes: number | bigint = 0) => {
        if (Number(bytes) % 4 !== 0) throw new Stray('a part of a pixel');
        return hooks.bytes_copy(to, from, bytes);
      },
      pixels_halve: (to: number | bigint = 0, above: number | bigint = 0, below: number | bigint = 0, count: number | bigint = 0) => {
        const at = (address: number | bigint, bytes: number, isWrite = false): Uint8Array => board().at(BigInt.asUintN(64, BigInt(address)), bytes, isWrite);
        const [first, second] = [at(above, Number(count) * 8), at(below, Number(count) * 8)];
        const half = (byte: number): number => ((first[byte] ?? 0) + (second[byte] ?? 0)) >> 1;
        at(to, Number(count) * 4, true).set(Array.from({ length: Number(count) * 4 }, (_, byte) => {
          const left = (byte >> 2) * 8 + (byte & 3);
          return (half(left) + half(left + 4)) >> 1;
        }));
        return undefined;
      },
      bytes_digest: (from: number | bigint = 0, bytes: number | bigint = 0) => {
        board().digests += 1;
        return createHash('md5').update(board().at(BigInt.asUintN(64, BigInt(from)), Number(bytes))).digest().readBigUInt64LE(0);
      },
      linker_symbol___arena: () => ARENA,
    };
    const program = await loadProgram<DeviceFunctions>(fileURLToPath(new URL('programs/devices-under-test.ts', import.meta.url)), { mmio, hooks });
    box.board = new Board(program);
    const { registers } = program;
    const read = registers.get.bind(registers);
    registers.set('CNTFRQ_EL0', FREQUENCY);
    registers.get = (name) => (name === 'CNTVCT_EL0' || name === 'CNTPCT_EL0' ? (board().time += 1n) : read(name));
    return box.board;
  }

  /** A handset as the host tool describes it, with these devices on the board. Fresh memory everywhere. */
  begin(description: DeviceSettings, transports: readonly (PhysicalDevice | null)[]): void {
    this.program.restart();
    for (const [name] of TIMERS) this.program.registers.delete(`${name}_CTL_EL0`);
    this.ticks.clear();
    this.program.memory.allocate(Number(OWN_END) - this.program.memory.view.byteLength);
    this.rams.clear();
    this.running.clear();
    this.waiting.clear();
    this.paused.clear();
    description.machines.forEach(({ memoryMib, slots }, index) => {
      if (slots.length > 0) this.rams.set(index, new Uint8Array(memoryMib * 2 ** 20));
    });
    this.transports.splice(0, Infinity, ...transports);
    this.describe(description);
    this.#open();
  }

  /** Puts the settings where the program looks for them. */
  describe(description: DeviceSettings): void {
    this.program.memory.bytes(SETTINGS, SETTINGS_BYTES).set(settingsBytes(description));
  }

  /** The program as it comes back after a crash: fresh variables, but its kept memory, the machines and their pages as they are. */
  restart(): void {
    const kept = [[PAGES, PAGES_BYTES], [SETTINGS, SETTINGS_BYTES], [KEPT, Number(OWN_END - KEPT)]] as const;
    const contents = kept.map(([at, bytes]) => this.program.memory.bytes(at, bytes).slice());
    this.program.restart();
    this.program.memory.allocate(Number(OWN_END) - this.program.memory.view.byteLength);
    kept.forEach(([at, bytes], index) => this.program.memory.bytes(at, bytes).set(contents[index]!));
    this.#open();
  }

  #open(): void {
    this.#isListening = false;
    this.forget();
    this.program.functions.open();
    this.run();
  }

  /** Forgets what has happened so far. */
  forget(): void {
    this.said = '';
    for (const list of [this.typed, this.pending, this.interrupted, this.released, this.started, this.granted]) list.length = 0;
  }

  /** Somebody types on its console; it hears of it only if it has asked to. */
  type(...bytes: readonly number[]): void {
    this.typed.push(...bytes);
    if (this.#isListening) this.pending.push(CONSOLE_INTERRUPT);
    this.run();
  }

  /** The machine has something to say: the program works until there is nothing left to do. */
  ring(): void {
    this.pending.push(DOORBELL);
    this.run();
  }

  run(): void {
    for (let turns = 0; this.program.functions.turn(); turns += 1) if (turns > TURNS_MAX) throw new Stray('it never comes to rest');
  }

  /** Time passes, and the program's timers fire when they are due. How often each of them did. */
  elapse(seconds: number): number[] {
    const end = this.time + BigInt(Math.round(seconds * Number(FREQUENCY)));
    const counts = TIMERS.map(() => 0);
    for (let next = this.#next(); next.due <= end; next = this.#next()) {
      if (next.due > this.time) this.time = next.due;
      this.pending.push(TIMERS[next.which]![1]);
      this.run();
      counts[next.which]! += 1;
    }
    if (end > this.time) this.time = end;
    return counts;
  }

  #next(): { readonly which: number; readonly due: bigint } {
    const { registers } = this.program;
    const dues = TIMERS.map(([name]) => (registers.get(`${name}_CTL_EL0`) === 1n ? (registers.get(`${name}_CVAL_EL0`) ?? 0n) : NEVER));
    const due = dues.reduce((least, one) => (one < least ? one : least));
    return { which: dues.indexOf(due), due };
  }

  /** The bytes that the program has at `address`, or a physical device, whose addresses are the same. */
  at(address: bigint, bytes: number, isStore = false): Uint8Array {
    if (bytes === 0) return new Uint8Array(0);
    const ram = this.rams.get(Number(address >> WINDOW_SHIFT) - 1);
    const offset = Number((address & 0xffff_ffffn) - RAM);
    if (address >> WINDOW_SHIFT !== 0n) {
      this.accesses += 1;
      if (this.accesses > this.accessesMax) throw new Stray('a loop that a machine keeps going');
      if (ram === undefined || offset < 0 || offset + bytes > ram.length) throw new Stray(`${String(bytes)} bytes at 0x${address.toString(16)}`);
      const found = ram.subarray(offset, offset + bytes);
      if (this.meanwhile === null) return found;
      const seen = isStore ? found : found.slice();
      this.meanwhile();
      return seen;
    }
    const isOwn = address < CONTROLLER || (address >= PAGES && address < PAGES + 0x2_0000n) || (address >= SETTINGS && address + BigInt(bytes) <= OWN_END);
    if (!isOwn) throw new Stray(`${String(bytes)} bytes at 0x${address.toString(16)}`);
    return this.program.memory.bytes(address, bytes);
  }

  #read(address: bigint, bytes: number): bigint {
    if (address >= TRANSPORTS && address < TRANSPORTS_END) {
      const device = this.transports[Number((address - TRANSPORTS) / TRANSPORT_BYTES)];
      return BigInt(device?.read(Number(address % TRANSPORT_BYTES)) ?? 0);
    }
    if (address === CLOCK_ID) return BigInt(this.clockId);
    if (address === CONSOLE) return BigInt(this.typed.shift() ?? 0);
    // Its transmitter always has room.
    if (address === CONSOLE + CONSOLE_FLAGS) return this.typed.length === 0 ? RECEIVER_EMPTY : 0n;
    if (address === CPU_INTERFACE_IAR) return BigInt(this.pending.shift() ?? NO_INTERRUPT);
    if (address >= CONTROLLER && address < CONTROLLER_END) return 0n;
    return this.at(address, bytes).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }

  #write(address: bigint, value: bigint, bytes: number): void {
    if (address >= TRANSPORTS && address < TRANSPORTS_END) {
      this.transports[Number((address - TRANSPORTS) / TRANSPORT_BYTES)]?.write(Number(address % TRANSPORT_BYTES), Number(value));
    } else if (address === CONSOLE + CONSOLE_MASK) {
      this.#isListening = value !== 0n;
    } else if (address === CONSOLE) {
      this.said += String.fromCharCode(Number(value));
    } else if (address < CONTROLLER || address >= CONTROLLER_END) {
      const place = this.at(address, bytes, true);
      for (let i = 0; i < bytes; i += 1) place[i] = Number((value >> BigInt(8 * i)) & 0xffn);
    }
  }

  /** The hypervisor says that the state of `machine` has changed. */
  tellOfState(machine: number): void {
    this.setPageWord(machine, CHANGED, 1);
    this.ring();
  }

  #state(machine: number): bigint {
    if (this.paused.has(machine)) return PAUSED;
    return this.running.has(machine) ? RUNNING : this.waiting.has(machine) ? WAITS : 0n;
  }

  #call(id: bigint, a: number | bigint, b: number | bigint, c: number | bigint): bigint {
    if (id === MACHINE_GRANT) {
      if (!this.lends) return -2n;
      this.granted.push(`${String(a)} ${b.toString(16)} ${c.toString(16)}`);
    }
    // The device machine itself, which is the last, has its memory where it sees it.
    if (id === TRANSLATE) return BigInt(b);
    if (id === MACHINE_INFO) return this.#state(Number(a));
    if (id === MACHINE_START) {
      this.started.push(Number(a));
      this.waiting.delete(Number(a));
      this.running.add(Number(a));
      this.setPageWord(Number(a), CHANGED, 1);
      this.pending.push(DOORBELL);
    }
    if (id === INTERRUPT_PASS) this.passed.push(`${String(Number(b) >> 8)} ${String(Number(b) & 0xff)} ${String(a)}`);
    if (id === VIRTIO_INTERRUPT) this.interrupted.push(`${String(a)}.${String(b)}`);
    if (id === VIRTIO_RELEASE) this.released.push(`${String(a)}.${String(b)}`);
    return 0n;
  }

  /** A word of machine `machine`'s page of registers. */
  pageWord(machine: number, offset: number): number {
    return this.program.memory.load32(Number(PAGES) + machine * 4096 + offset);
  }

  setPageWord(machine: number, offset: number, value: number): void {
    this.program.memory.store32(Number(PAGES) + machine * 4096 + offset, value);
  }
}
