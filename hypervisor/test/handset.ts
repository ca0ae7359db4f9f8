/**
 * A handset with processors, an interrupt controller and a serial line, on which the compiled hypervisor runs guests that the test
 * plays: each of its methods is something that a guest or the board does.
 */
import type { GuestFunctions } from './guest-functions.ts';
import { load, type ProgramUnderTest } from './program-under-test.ts';
import { SerialLine } from './serial-line.ts';
import { flatten } from './tree-writer.ts';
import { Bcm2836, type BoardController, Gicv2, NO_INTERRUPT, type Side } from './controllers.ts';
import { SoftwareGuest } from './software-guest.ts';
import { type GuestInterface, listRegistersIn, VirtualInterface } from './virtual-interface.ts';

const UART = 0x3c2f_0000n;
const UART_INTID = 33;
const REDISTRIBUTOR = 0x3c30_0000n;
const SET_ACTIVE = 0x1300n;
const CLEAR_ACTIVE = 0x1380n;
const TICKS_A_SECOND = 62_500_000n;
export const NEVER = 0xffff_ffff_ffff_ffffn;
export const SLICE = TICKS_A_SECOND / 100n;

/** Exception classes of ESR_EL2. */
export const Class = {
  wfx: 0x01n, floatingPoint: 0x07n, hvc: 0x16n, smc: 0x17n, systemRegister: 0x18n, instructionAbort: 0x20n, dataAbort: 0x24n, systemError: 0x2fn,
} as const;

/** The board's INTIDs of the private interrupts that the hypervisor takes. */
export interface Privates { readonly maintenance: number; readonly physicalTimer: number; readonly virtualTimer: number; readonly hypervisorTimer: number }
export const USUAL_PRIVATES: Privates = { maintenance: 25, physicalTimer: 30, virtualTimer: 27, hypervisorTimer: 26 };

/** The board's interrupt controller: the last but one is a GICv2 without interfaces for guests. */
export type Kind = 'GICv3' | 'GICv2' | 'GICv2 that does not virtualize' | 'bcm2836';
const BCM2836_PRIVATES: Privates = { maintenance: 25, physicalTimer: 17, virtualTimer: 19, hypervisorTimer: 18 };

/** RAM of 256 MiB, an interrupt controller, a timer, and firmware behind smc. */
function boardWith(kind: Kind, { maintenance, physicalTimer, virtualTimer, hypervisorTimer }: Privates): Buffer {
  const ppi = (intid: number): number[] => [1, intid - 16, 4];
  return flatten({
    name: '', properties: { '#address-cells': [1], '#size-cells': [1] },
    children: [
      { name: 'memory@40000000', properties: { device_type: 'memory', reg: [0x4000_0000, 0x1000_0000] } },
      { name: 'psci', properties: { compatible: 'arm,psci-1.0', method: 'smc' } },
      { name: 'timer', properties: { compatible: 'arm,armv8-timer', interrupts: [29, physicalTimer, virtualTimer, hypervisorTimer].flatMap(ppi) } },
      ...controllerNodes(kind, ppi(maintenance)),
    ],
  });
}

function controllerNodes(kind: Kind, interrupts: number[]): { name: string; properties: Record<string, string | number[]> }[] {
  const interfaces = [0x800_0000, 0x1_0000, 0x801_0000, 0x2000];
  if (kind === 'bcm2836') {
    return [
      { name: 'local', properties: { compatible: 'brcm,bcm2836-l1-intc', reg: [0x4000_0000, 0x100] } },
      { name: 'armctrl', properties: { compatible: 'brcm,bcm2836-armctrl-ic', reg: [0x3f00_b200, 0x200] } },
    ];
  }
  if (kind === 'GICv3') return [{ name: 'gic', properties: { compatible: 'arm,gic-v3', reg: [0x800_0000, 0x1_0000, 0x80a_0000, 0x100_0000], interrupts } }];
  const reg = kind === 'GICv2' ? [...interfaces, 0x803_0000, 0x1000, 0x804_0000, 0x2000] : interfaces;
  return [{ name: 'gic', properties: { compatible: 'arm,gic-400', reg, interrupts } }];
}

/** The processor sleeps with nothing that would wake it. */
export class Idle extends Error {}

interface Processor { readonly registers: Map<string, bigint>; readonly pending: number[]; readonly activeTimers: Set<number>; running: number }

export class Handset {
  guests!: ProgramUnderTest<GuestFunctions>;
  readonly line: SerialLine;
  interface!: GuestInterface;
  readonly kind: Kind;
  #listRegisters!: VirtualInterface;
  #controller: BoardController | null = null;
  /** INTIDs that the hypervisor deactivated. */
  readonly deactivated: number[] = [];
  /** Writes to the registers of redistributors. */
  readonly redistributorWrites: [offset: bigint, value: bigint][] = [];
  readonly firmwareCalls: bigint[] = [];
  /** The VTTBR_EL2 of each invalidation of translations. */
  readonly translationDrops: bigint[] = [];
  firmwareAnswer = 0n;
  /** The processor's identification registers, by their position in identity-registers.ts. */
  identification: (index: number) => bigint = () => 0n;
  /** What PAR_EL1 says of a guest's address: an intermediate physical one, or, with bit 0, that there is none. */
  stage1: (address: bigint) => bigint = () => 1n;
  /** What other processors do while this one next reads the counter's frequency. */
  meanwhile: (() => void) | null = null;
  #privates = USUAL_PRIVATES;
  #processors: Processor[] = [];
  #cpu = 0;

  constructor(kind: Kind = 'GICv3') {
    this.kind = kind;
    this.line = new SerialLine(UART, {
      read: (address) => this.#controller?.read(address) ?? 0,
      write: (address, value) => {
        if (this.#controller === null) this.#redistributorWrite(address - REDISTRIBUTOR, value);
        else this.#controller.write(address, Number(value));
      },
    });
  }

  get privates(): Privates {
    return this.#privates;
  }

  async start(): Promise<void> {
    this.guests = await load<GuestFunctions>('guests-under-test', {
      mmio: this.line,
      registers: { ICH_VTR_EL2: 3n, CNTFRQ_EL0: TICKS_A_SECOND },
      hooks: {
        reg_read_ICH_ELRSR_EL2: () => this.#listRegisters.empty(),
        reg_read_ICC_IAR1_EL1: () => this.#take(),
        reg_read_CNTFRQ_EL0: () => {
          const act = this.meanwhile;
          this.meanwhile = null;
          act?.();
          return TICKS_A_SECOND;
        },
        reg_write_ICC_DIR_EL1: (intid = 0) => this.#end(Number(intid)),
        reg_write_ICC_SGI1R_EL1: (value = 0) => this.#kick(Number(BigInt(value) & 0xffffn)),
        asm_wfi: () => this.#sleep(),
        asm_at: (address = 0n) => void this.registers.set('PAR_EL1', this.stage1(BigInt.asUintN(64, BigInt(address)))),
        asm_tlbi: () => {
          this.translationDrops.push(this.registers.get('VTTBR_EL2') ?? 0n);
          return undefined;
        },
        lock_waitFor: () => {
          throw new Error('the program waits for a lock that it holds itself');
        },
        identity_registers_own: (index = 0) => this.identification(Number(index)),
        instructions_smc: (id = 0n) => this.#firmware(BigInt(id)),
      },
    });
  }

  get call(): GuestFunctions {
    return this.guests.call;
  }
  get registers(): Map<string, bigint> {
    return this.guests.program.registers;
  }
  /** Interrupts that are pending at the processor at hand. */
  get pending(): number[] {
    return this.#processors[this.#cpu]!.pending;
  }
  /** The guest that runs on the processor at hand. */
  get running(): number {
    return this.#processors[this.#cpu]!.running;
  }
  set running(vcpu: number) {
    this.#processors[this.#cpu]!.running = vcpu;
  }
  get time(): bigint {
    return this.registers.get('CNTPCT_EL0') ?? 0n;
  }
  set time(value: bigint) {
    for (const { registers } of this.#processors) registers.set('CNTPCT_EL0', value);
    this.registers.set('CNTPCT_EL0', value);
  }

  #firmware(id: bigint): bigint {
    this.firmwareCalls.push(id);
    return this.firmwareAnswer;
  }

  /** A kick by SGI 0; processors have Aff0 only here. */
  #kick(cpus: number): undefined {
    this.#processors.forEach(({ pending }, index) => {
      if (((cpus >> index) & 1) !== 0 && !pending.includes(0)) pending.push(0);
    });
  }

  /** The hypervisor takes a physical interrupt, which is active from here on. */
  #take(): number {
    const intid = this.pending.shift() ?? NO_INTERRUPT;
    this.#processors[this.#cpu]!.activeTimers.add(intid);
    return intid;
  }

  /** Whether a timer's physical interrupt is active, and so cannot come. */
  isActive(intid: number): boolean {
    return this.#processors[this.#cpu]!.activeTimers.has(intid);
  }

  /** The hypervisor deactivates a physical interrupt. */
  #end(intid: number): undefined {
    this.deactivated.push(intid);
    this.#deactivate(intid);
  }

  /** What a controller in memory has to do with. */
  #side(): Side {
    const active = (): Set<number> => this.#processors[this.#cpu]!.activeTimers;
    return {
      cpu: () => this.#cpu,
      pending: () => this.pending,
      take: () => this.#take(),
      kick: (cpus) => this.#kick(cpus),
      setActive: (intid) => void active().add(intid),
      clearActive: (intid) => void active().delete(intid),
      deactivate: (intid) => this.#end(intid),
    };
  }

  #newInterface(): void {
    const gicv2 = this.kind === 'GICv3' || this.kind === 'bcm2836' ? null : new Gicv2(this.#side());
    this.#controller = this.kind === 'bcm2836' ? new Bcm2836(this.#side()) : gicv2;
    const registers = gicv2 === null ? listRegistersIn(this.registers) : gicv2.listRegisters();
    this.#listRegisters = new VirtualInterface(registers, (intid) => this.#deactivate(intid));
    this.interface = this.kind === 'GICv3' || this.kind === 'GICv2' ? this.#listRegisters : new SoftwareGuest(this);
  }

  /** WFI: to the next timer, if nothing is pending; Idle if there is none. */
  #sleep(): undefined {
    if (this.pending.length === 0 && !this.#nextTimer(NEVER)) throw new Idle('nothing would wake the processor');
  }

  /** Lets time pass up to `end` at most; whether a timer of the processor fired before that. */
  #nextTimer(end: bigint): boolean {
    const { registers } = this;
    const busy = this.#processors[this.#cpu]!.activeTimers;
    const timers = [
      { intid: this.#privates.hypervisorTimer, control: 'CNTHP_CTL_EL2', at: registers.get('CNTHP_CVAL_EL2') ?? 0n },
      { intid: this.#privates.virtualTimer, control: 'CNTV_CTL_EL0', at: (registers.get('CNTV_CVAL_EL0') ?? 0n) + (registers.get('CNTVOFF_EL2') ?? 0n) },
      { intid: this.#privates.physicalTimer, control: 'CNTP_CTL_EL0', at: registers.get('CNTP_CVAL_EL0') ?? 0n },
    ];
    const set = timers.filter(({ intid, control, at }) => registers.get(control) === 1n && at <= end && at !== NEVER && !busy.has(intid));
    const first = set.sort((a, b) => (a.at < b.at ? -1 : 1))[0];
    if (first === undefined) return false;
    if (first.at > this.time) this.time = first.at;
    this.pending.push(first.intid);
    if (first.intid !== this.#privates.hypervisorTimer) busy.add(first.intid);
    return true;
  }

  /** A physical interrupt is active no longer. */
  #deactivate(intid: number): void {
    this.#processors[this.#cpu]!.activeTimers.delete(intid);
  }

  /** The active state of PPIs, in a redistributor's second frame; the two frames' first pages are mapped one after the other. */
  #redistributorWrite(offset: bigint, value: bigint): void {
    this.redistributorWrites.push([offset, value]);
    const { activeTimers } = this.#processors[this.#cpu]!;
    for (const intid of [this.#privates.virtualTimer, this.#privates.physicalTimer]) {
      if (((value >> BigInt(intid)) & 1n) === 0n) continue;
      if ((offset & 0x1_ffffn) === CLEAR_ACTIVE) activeTimers.delete(intid);
      if ((offset & 0x1_ffffn) === SET_ACTIVE) activeTimers.add(intid);
    }
  }

  /** A fresh handset with that many processors, and VMs: for each the processors of its vCPUs, and its priority. */
  reset(cpus: number, vms: readonly { readonly on: readonly number[]; readonly priority?: number }[], privates = this.kind === 'bcm2836' ? BCM2836_PRIVATES : USUAL_PRIVATES): void {
    this.guests.reset();
    this.line.take();
    this.line.received.length = 0;
    this.line.isFull = false;
    for (const list of [this.deactivated, this.redistributorWrites, this.firmwareCalls]) list.length = 0;
    this.#newInterface();
    this.#cpu = 0;
    this.#processors = [];
    const board = boardWith(this.kind, privates);
    this.#privates = privates;
    if (!this.call.discoverBoard(this.guests.placeAtEnd(board), board.length)) throw new Error('the board is not found');
    for (let cpu = 0; cpu < cpus; cpu += 1) {
      const address = this.call.addCpu(BigInt(cpu), REDISTRIBUTOR + BigInt(cpu) * 0x2_0000n);
      this.#processors.push({ registers: new Map([...this.registers, ['TPIDR_EL2', address]]), pending: [], activeTimers: new Set(), running: 0 });
    }
    this.registers.set('TPIDR_EL2', this.#processors[0]!.registers.get('TPIDR_EL2')!);
    if (this.kind !== 'GICv3') this.call.startController();
    for (let cpu = 0; cpu < cpus; cpu += 1) {
      this.useCpu(cpu);
      if (this.kind !== 'GICv3') this.call.startControllerCpu();
      this.call.discoverListRegisters();
    }
    this.useCpu(0);
    this.deactivated.length = 0;
    vms.forEach(({ on, priority = 0 }, vm) => {
      this.call.addVm('A'.charCodeAt(0) + vm, 64, priority);
      for (const cpu of on) this.call.addVcpu(vm, cpu);
    });
    this.call.useUart(UART, UART_INTID, 0);
    this.redistributorWrites.length = 0;
  }

  /** The test goes on at another processor. */
  useCpu(cpu: number): void {
    if (cpu === this.#cpu) return;
    const from = this.#processors[this.#cpu]!.registers;
    const to = this.#processors[cpu]!.registers;
    from.clear();
    for (const [name, value] of this.registers) from.set(name, value);
    this.registers.clear();
    for (const [name, value] of to) this.registers.set(name, value);
    this.registers.set('CNTPCT_EL0', from.get('CNTPCT_EL0') ?? 0n);
    this.#cpu = cpu;
  }

  /** The scheduler's choice for the processor at hand. */
  enter(): number {
    this.running = this.call.next();
    return this.running;
  }

  /** The running guest traps with that class and syndrome. Returns the vCPU that runs afterwards. */
  trap(exceptionClass: bigint, syndrome = 0n): number {
    this.registers.set('ESR_EL2', (exceptionClass << 26n) | (1n << 25n) | syndrome);
    this.running = this.call.synchronous(this.running);
    return this.running;
  }

  /** Takes all physical interrupts that are pending, and the maintenance interrupts that they lead to. */
  takeInterrupts(): void {
    for (let taken = 0; this.pending.length > 0 || this.interface.wantsMaintenance(); taken += 1) {
      if (taken > 100) throw new Error('interrupts without end');
      if (this.interface.wantsMaintenance() && !this.pending.includes(this.#privates.maintenance)) this.pending.push(this.#privates.maintenance);
      this.running = this.call.interrupt(this.running);
    }
  }

  /** A physical interrupt arrives at the processor at hand. */
  raise(intid: number): void {
    this.pending.push(intid);
    this.takeInterrupts();
  }

  /** Time passes; the hypervisor's timer fires where it was set. */
  pass(ticks: bigint): void {
    const end = this.time + ticks;
    while (this.#nextTimer(end)) this.takeInterrupts();
    // A processor that slept may have been woken later than that.
    if (this.time < end) this.time = end;
  }

  /** The hypervisor's own lines, once all have been sent: it sends them by and by. */
  ownLines(): string[] {
    for (let sent = -1; sent !== this.line.sent.length; ) {
      sent = this.line.sent.length;
      this.pass(TICKS_A_SECOND / 1000n);
    }
    return this.line.takeLines();
  }

  /** A load by the running guest: what register 3 gets. */
  load(address: bigint, sizeLog2 = 2n, more = 0n): bigint {
    const { running } = this;
    this.#fault(address, (1n << 24n) | (sizeLog2 << 22n) | (3n << 16n) | more);
    return this.call.x(running, 3);
  }
  store(address: bigint, value: bigint, sizeLog2 = 2n): void {
    this.call.setX(this.running, 3, value);
    this.#fault(address, (1n << 24n) | (sizeLog2 << 22n) | (3n << 16n) | (1n << 6n));
  }
  /** A store to memory that stage 2 lets the guest only read, which its stage 1 has somewhere. HPFAR_EL2 tells nothing then. */
  storeDenied(address: bigint, value: bigint, sizeLog2 = 2n): void {
    this.call.setX(this.running, 3, value);
    this.registers.set('FAR_EL2', 0xffff_8000_0000_0000n | (address & 0xfffn));
    this.registers.set('HPFAR_EL2', 0xdead_0000n);
    this.stage1 = (virtual) => (virtual === this.registers.get('FAR_EL2') ? address & ~0xfffn : 1n);
    // A permission fault at level 3.
    this.trap(Class.dataAbort, (1n << 24n) | (sizeLog2 << 22n) | (3n << 16n) | (1n << 6n) | 0xfn);
  }
  #fault(address: bigint, syndrome: bigint): void {
    this.registers.set('FAR_EL2', 0xffff_0000_0000_0000n | (address & 0xfffn));
    this.registers.set('HPFAR_EL2', (address >> 12n) << 4n);
    // A translation fault at level 2.
    this.trap(Class.dataAbort, syndrome | 6n);
  }

  /** A hypercall; x0 afterwards. */
  hypercall(...operands: readonly bigint[]): bigint {
    const { running } = this;
    operands.forEach((value, index) => this.call.setX(running, index, value));
    this.trap(Class.hvc);
    return this.call.x(running, 0);
  }
}
