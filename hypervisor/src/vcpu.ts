/**
 * A virtual processor: the guest's registers, its interrupts and timers while it is not on a processor, and
 * where it stands with the scheduler. While it is *loaded*, all but x0 to x30 live in the processor's registers.
 */
import { Pstate32 } from '@thimble/arm64/registers-aarch32.ts';
import { zero } from './bytes.ts';
import type { Cpu } from './cpu.ts';
import { BANK_WORDS, IrqBank } from './irq-bank.ts';
import { LIST_REGISTERS } from './list-registers.ts';
import * as softwareInterface from './software-interface.ts';
import type { Vm } from './vm.ts';

/** The numbers are those of the status lines (docs/abi.md). */
export enum VcpuState {
  /** Not started, or stopped by its guest. */
  Off,
  /** Could run. */
  Ready,
  /** Its VM's image is being copied; its turns do it. */
  Loading,
  /** Ran WFI (or CPU_SUSPEND); an interrupt makes it Ready. */
  Waiting,
  /** Wrote to a virtio device, and waits for the controller to deal with that. (A vCPU on a processor is told of as 4.) */
  Blocked = 5,
}

/** One EL1 timer's registers. */
export class TimerState {
  control: u64 = 0n;
  compare: u64 = 0n;
}

/** Registers of EL1 and EL0 that a guest owns, in the order of arm64/registers-el1.ts. */
export class SystemState {
  sctlr: u64 = 0n;
  tcr: u64 = 0n;
  ttbr0: u64 = 0n;
  ttbr1: u64 = 0n;
  mair: u64 = 0n;
  amair: u64 = 0n;
  vbar: u64 = 0n;
  esr: u64 = 0n;
  far: u64 = 0n;
  afsr0: u64 = 0n;
  afsr1: u64 = 0n;
  elr: u64 = 0n;
  spsr: u64 = 0n;
  spEl0: u64 = 0n;
  spEl1: u64 = 0n;
  tpidrEl0: u64 = 0n;
  tpidrroEl0: u64 = 0n;
  tpidrEl1: u64 = 0n;
  contextidr: u64 = 0n;
  cpacr: u64 = 0n;
  par: u64 = 0n;
  csselr: u64 = 0n;
  cntkctl: u64 = 0n;
}

/** Registers that only a guest has whose EL1 is AArch32 (aarch32-state.ts). */
export class Aarch32State {
  dacr: u64 = 0n;
  ifsr: u64 = 0n;
  spsrAbt: u64 = 0n;
  spsrUnd: u64 = 0n;
  spsrIrq: u64 = 0n;
  spsrFiq: u64 = 0n;
  fpexc: u64 = 0n;
}

/** The virtual CPU interface of the interrupt controller. */
export class InterfaceState {
  /** What was put into them last, or was found there; 0 where nothing is. */
  readonly listRegister = fixedArray(u64, LIST_REGISTERS);
  vmcr: u64 = 0n;
  active0: u64 = 0n;
  active1: u64 = 0n;
  /** The interface in software: its registers, the list register that they tell of, and the level that it would be active at. */
  readonly register = fixedArray(u32, 11);
  urgent: u32 = 0;
  level: u32 = 0;
}

export class Vcpu {
  /** x0 to x30, and what an instruction names by 31: it is zero at each way into EL2. The vectors save here, so this field is first. */
  readonly x = fixedArray(u64, 32);
  /** ELR_EL2 and SPSR_EL2 while not loaded. In a trap from an EL1 in AArch32, `pstate` is what it was at the instruction (aarch32-traps.ts). */
  pc: u64 = 0n;
  pstate: u64 = 0n;
  readonly aarch32 = new Aarch32State();
  readonly system = new SystemState();
  readonly virtualTimer = new TimerState();
  readonly physicalTimer = new TimerState();
  readonly interface = new InterfaceState();
  /** v0 to v31, FPCR, FPSR while no processor holds them. */
  readonly floatingPoint = fixedArray(u64, 66);
  /** SGIs and PPIs. */
  readonly private = new IrqBank();
  /** virtual-sgis.ts; accessed by words too. */
  readonly sgiSources = fixedArray(u8, 16);
  readonly sgiTaken = fixedArray(u8, 16);
  /** More interrupts wait than there are list registers. */
  backlog: boolean = false;
  /** What changed for its interrupts while it was not loaded, or on another processor (virtual-interrupts.ts): SGIs and PPIs a bit each, and the banks. */
  readonly incoming = new AtomicU32();

  // Fields above are the guest's: a reset zeroes them. Those below stay.
  vm: Vm | null = null;
  /** Its EL1 is AArch32, as its VM's is. */
  isAarch32: boolean = false;
  /** Index in its VM, and in `vcpus`. */
  index: u32 = 0;
  /** Its interrupts, by words of 32: `private`, then its VM's. */
  readonly banks = fixedArrayOfReferences(IrqBank, BANK_WORDS);
  /** The vCPU of its VM with the next lower index. */
  previous: Vcpu | null = null;
  cpu: Cpu | null = null;
  /** The list of all vCPUs pinned to the same processor. */
  next: Vcpu | null = null;
  state: VcpuState = VcpuState.Off;
  /** Blocked: on which slot. */
  slot: u32 = 0;
  /** Its VM is being stopped or reset; its processor is to take it off. */
  leaving: boolean = false;
  /** The physical counter's value at which a timer of it wakes it; NEVER if none does. Valid while not loaded. */
  deadline: u64 = 0n;
  /** Counter value since when it is in its state, for the two sums below. */
  since: u64 = 0n;
  /** Of its VM's budget: ticks that are left, and the counter value at which there is a new one (budget.ts). */
  allowance: u64 = 0n;
  renewal: u64 = 0n;
  /** Ticks on a processor, and Ready but not on one. */
  ticksRun: u64 = 0n;
  ticksStolen: u64 = 0n;
  /** Stolen time is told to its guest, or hidden from it. */
  mindsStolenTime: boolean = false;
  exits: u64 = 0n;
  wakeUps: u64 = 0n;

  /** As the vCPU is when it first starts: see `restart`; no interrupt is pending or enabled, and no timer runs. */
  reset(entry: u64, argument: u64): void {
    const start = addressOf(this);
    zero(start, wrappingAdd(start, u64(offsetOf(Vcpu, 'vm'))));
    this.private.reset(0xffff, this.index);
    softwareInterface.reset(this);
    // Its VM's interrupts may wait for it already.
    this.incoming.store(INCOMING_BANKS);
    this.restart(entry, argument);
  }

  /** The architecture's reset state [DDI0487 "Reset behavior"] of the processor alone, with x0 and pc as PSCI or the manifest gives them. */
  restart(entry: u64, argument: u64): void {
    const start = addressOf(this);
    zero(start, wrappingAdd(start, u64(offsetOf(Vcpu, 'virtualTimer'))));
    this.pc = entry;
    this.pstate = PSTATE_EL1H_MASKED;
    this.system.sctlr = SCTLR_EL1_RESET;
    this.x[0] = argument;
    if (this.isAarch32) {
      // Bit 0 of an entry point says that its instructions are T32 [DEN0022 "CPU_ON"].
      this.pc = entry & ~1n;
      this.pstate = PSTATE_SVC_MASKED | Pstate32.of({ T: entry & 1n });
      this.system.sctlr = SCTLR_RESET;
    }
  }
}

/** In `incoming`, in the place of a PPI that nothing makes pending from elsewhere: the VM's banks have changed. */
export const INCOMING_BANKS = 0x1_0000;
export const NEVER = 0xffff_ffff_ffff_ffffn;
/** EL1 with SP_EL1; debug exceptions, SErrors, IRQs and FIQs masked. */
const PSTATE_EL1H_MASKED = 0x3c5n;
/** Supervisor mode; SErrors, IRQs and FIQs masked. */
const PSTATE_SVC_MASKED = 0x1d3n;
/** RES1 bits of SCTLR_EL1 in ARMv8.0; MMU and caches off. */
const SCTLR_EL1_RESET = 0x30d0_0800n;
/** The same of AArch32's SCTLR; WFI, WFE and the CP15 barriers do not trap. */
const SCTLR_RESET = 0x00c5_0838n;
