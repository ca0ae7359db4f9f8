/** A physical processor: its stack, what it runs, and what it owes. TPIDR_EL2 points to the Cpu. */
import { TPIDR_EL2 } from '@thimble/arm64/registers-el2.ts';
import { CPUS_MAX } from './layout.ts';
import { NEVER, type Vcpu } from './vcpu.ts';

export class Cpu {
  /** As `reschedule`, said by any processor (scheduler.poke). An atomic field is cheapest where the object begins. */
  readonly attention = new AtomicU32();
  index: u32 = 0;
  /** Affinity fields of its MPIDR_EL1, as the device tree's `reg` gives them. */
  affinity: u64 = 0n;
  /** Where it waits for the address to start at (spin-table); 0 if the firmware starts it. */
  releaseAddress: u64 = 0n;
  /** The mapped registers of its SGIs and PPIs (gic-distributor.ts). */
  privateInterrupts: u64 = 0n;
  /** GICv2: its bit in a list of targets. */
  targetBit: u32 = 0;
  /** The vCPUs pinned here, in the order of their priorities. */
  first: Vcpu | null = null;
  /** The last that ran: until `sliceEnd` it goes before its equals. */
  turn: Vcpu | null = null;
  /** Whose registers the processor holds; not null while a guest runs. */
  loaded: Vcpu | null = null;
  /** Whose v0 to v31 the processor holds. */
  floatingPointOwner: Vcpu | null = null;
  /** Physical timer interrupts that were acknowledged for the loaded vCPU, which may have ended them since. */
  activeTimers: u32 = 0;
  /** Something changed that may make another vCPU the one to run. The vectors look here. */
  reschedule: boolean = false;
  /** One of its vCPUs is AArch32 at EL1. */
  needsAarch32: boolean = false;
  /** Its guest is on the processor: not idle, not loading. */
  running: boolean = false;
  sliceEnd: u64 = 0n;
  /** Counter value at which to look at the vCPUs again. */
  wakeUp: u64 = 0n;
  /** What CNTHP_CVAL_EL2 was set to; NEVER while the timer is off. */
  alarm: u64 = 0n;
  /** Counter value at which it has something to do for itself: the serial line's lines and stalls (scheduler.ts); NEVER without. */
  chores: u64 = 0n;
}

const STACK_WORDS = 256;

/** The stack grows down from the Cpu, so that the Cpu's address is also the empty stack's. */
class Processor {
  readonly stack = fixedArray(u64, STACK_WORDS);
  readonly cpu = new Cpu();
}

/** For entry.ts. */
export const CPU_OFFSET = offsetOf(Processor, 'cpu');
/** For vectors.ts. */
export const RESCHEDULE_OFFSET = offsetOf(Cpu, 'reschedule');
export const AFFINITY_OFFSET = offsetOf(Cpu, 'affinity');
export const PROCESSOR_BYTES = sizeOf(Processor);

/** The linker script gives it its name in entry.ts. */
const processors = fixedArray(Processor, CPUS_MAX);
/** Processors that the board has and that answered. */
export let count: u32 = 0;

export function at(index: u32): Cpu {
  return processors[index].cpu;
}

/** Adds a processor of the board. Null when there is no room for more. */
export function add(affinity: u64, releaseAddress: u64): Cpu | null {
  if (count >= CPUS_MAX) {
    return null;
  }
  const cpu = processors[count].cpu;
  cpu.index = count;
  cpu.affinity = affinity;
  cpu.releaseAddress = releaseAddress;
  cpu.alarm = NEVER;
  cpu.chores = NEVER;
  count += 1;
  return cpu;
}

/** Whether `cpu` is the processor that runs this code. */
export function isCurrent(cpu: Cpu): boolean {
  return addressOf(cpu) === TPIDR_EL2.read();
}

/** The processor that runs this code. @inline */
export function current(): Cpu {
  // It is aligned.
  return unsafeAt(Cpu, TPIDR_EL2.read() & ~7n);
}
