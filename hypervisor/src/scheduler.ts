/**
 * Which vCPU runs on a processor. vCPUs are pinned; among those of one processor the highest priority that is
 * Ready runs, and equals take turns of a slice; one whose budget is spent counts as not Ready. There is no periodic tick:
 * the hypervisor's timer is set only for the end of a slice that somebody else waits for, for budgets, and for the
 * deadlines of sleeping vCPUs that are not loaded.
 */
import { CNTHP_CTL_EL2, CNTHP_CVAL_EL2 } from '@thimble/arm64/registers-el2.ts';
import { CNTFRQ_EL0, CNTPCT_EL0 } from '@thimble/arm64/registers-timer.ts';
import { dmbIsh, dsbSy, isb, wfi } from '@thimble/arm64/instructions.ts';
import * as budget from './budget.ts';
import * as cpus from './cpu.ts';
import type { Cpu } from './cpu.ts';
import * as console from './console.ts';
import * as context from './context.ts';
import * as gic from './gic.ts';
import * as input from './input.ts';
import * as lifecycle from './lifecycle.ts';
import * as loader from './loader.ts';
import * as interrupts from './physical-interrupts.ts';
import * as status from './status.ts';
import * as stolenTime from './stolen-time.ts';
import * as uart from './uart.ts';
import { NEVER, VcpuState, type Vcpu } from './vcpu.ts';
import * as virtualInterrupts from './virtual-interrupts.ts';

/** A slice is 1/100 s. */
const SLICES_A_SECOND = 100n;
/** While there is something to do. At that rate the 8 bytes of a step (console.ts) are more than a line of 115,200 baud takes. */
export const CHORES_A_SECOND = 2048;

/** The physical counter; no earlier instruction reads it later. */
export function now(): u64 {
  isb();
  return CNTPCT_EL0.read();
}

/** Pins `vcpu` to `cpu`, for good, behind those of the same priority and before those of a lower one. */
export function pin(vcpu: Vcpu, cpu: Cpu): void {
  vcpu.cpu = cpu;
  let before: Vcpu | null = null;
  let after = cpu.first;
  while (after !== null && priorityOf(after) >= priorityOf(vcpu)) {
    before = after;
    after = after.next;
  }
  vcpu.next = after;
  if (before === null) {
    cpu.first = vcpu;
  } else {
    before.next = vcpu;
  }
}

function priorityOf(vcpu: Vcpu): u32 {
  const vm = nonNull(vcpu.vm);
  return vm.priority;
}

/** `vcpu`, loaded on this processor, has an interrupt to take. */
export function wake(cpu: Cpu, vcpu: Vcpu): void {
  if (vcpu.state === VcpuState.Waiting) {
    endWait(vcpu, now());
    cpu.reschedule = true;
  }
}

function endWait(vcpu: Vcpu, time: u64): void {
  vcpu.wakeUps = wrappingAdd(vcpu.wakeUps, 1n);
  vcpu.since = time;
  vcpu.state = VcpuState.Ready;
}

/** Has `cpu` look at its vCPUs again. */
export function poke(cpu: Cpu): void {
  cpu.attention.store(1);
  tellOfInterrupts(cpu);
}

/** Has `cpu` look at the interrupts of its vCPUs. */
export function tellOfInterrupts(cpu: Cpu): void {
  if (cpus.isCurrent(cpu)) {
    cpu.reschedule = true;
  } else {
    gic.kick(cpu);
  }
}

/** Another processor has told this one. Most often it is about interrupts of the vCPU that runs, which goes on. */
export function told(cpu: Cpu): void {
  // The kick has been acknowledged before what it is about is read: one that comes later is another one
  // [Linux, arch/arm64/include/asm/arch_gicv3.h "gic_read_iar_common"].
  dsbSy();
  const vcpu = cpu.loaded;
  if (vcpu === null || !cpu.running || cpu.attention.load() !== 0 || hasAnotherIncoming(cpu, vcpu)) {
    cpu.reschedule = true;
  } else {
    virtualInterrupts.takeIn(vcpu);
  }
}

function hasAnotherIncoming(cpu: Cpu, vcpu: Vcpu): boolean {
  let other = cpu.first;
  while (other !== null) {
    if (other !== vcpu && other.incoming.load() !== 0) {
      return true;
    }
    other = other.next;
  }
  return false;
}

/** Changes the state of a vCPU that is not running; the time so far is booked on the state that ends. */
export function setState(vcpu: Vcpu, state: VcpuState): void {
  const time = now();
  if (vcpu.state === VcpuState.Ready) {
    vcpu.ticksStolen = wrappingAdd(vcpu.ticksStolen, sinceChange(vcpu, time));
  }
  vcpu.since = time;
  // What the new state stands for, registers above all, is visible before it to the vCPU's own processor.
  dmbIsh();
  vcpu.state = state;
}

/** Ticks that the state of `vcpu` has lasted at `time`. One that another processor has begun after that has not lasted yet. */
export function sinceChange(vcpu: Vcpu, time: u64): u64 {
  const since = vcpu.since;
  return time > since ? time - since : 0n;
}

/** The running vCPU waits for an interrupt. Returns the vCPU to run next. */
export function wait(cpu: Cpu, vcpu: Vcpu): Vcpu {
  stop(cpu, vcpu);
  vcpu.state = VcpuState.Waiting;
  return next(cpu);
}

/** WFI, over which the running vCPU has stepped already. Returns the vCPU to run next. @noinline */
export function waitForInterrupt(cpu: Cpu, vcpu: Vcpu): Vcpu {
  return virtualInterrupts.hasPending(vcpu) ? vcpu : wait(cpu, vcpu);
}

/** The end of a trap: back to `vcpu`, unless something happened that may make another the one to run. @inline */
export function goOn(cpu: Cpu, vcpu: Vcpu): Vcpu {
  return cpu.reschedule ? reschedule(cpu, vcpu) : vcpu;
}

/** The vCPU to run on `cpu` after a trap that set `reschedule`, or whose vCPU cannot go on. @noinline */
export function reschedule(cpu: Cpu, vcpu: Vcpu): Vcpu {
  if (cpu.running) {
    stop(cpu, vcpu);
  }
  return next(cpu);
}

/** `vcpu` leaves the processor, though its registers may stay. */
export function stop(cpu: Cpu, vcpu: Vcpu): void {
  const time = now();
  const ran = wrappingSub(time, vcpu.since);
  vcpu.ticksRun = wrappingAdd(vcpu.ticksRun, ran);
  budget.charge(vcpu, ran);
  vcpu.since = time;
  cpu.running = false;
}

/** The ticks that `vcpu` has run up to now. @noinline */
export function ticksRun(vcpu: Vcpu): u64 {
  const cpu = nonNull(vcpu.cpu);
  const ran = wrappingSub(now(), vcpu.since);
  // One that was put on the processor after that moment adds nothing yet.
  return cpu.running && cpu.loaded === vcpu && i64.wrap(ran) > 0n ? wrappingAdd(vcpu.ticksRun, ran) : vcpu.ticksRun;
}

/** Picks, or sleeps until there is something to pick; comes back with a vCPU that is loaded and ready to enter. @hot */
export function next(cpu: Cpu): Vcpu {
  while (true) {
    cpu.reschedule = false;
    // Taken, not overwritten, before anything is looked at: what is said later stays.
    if (cpu.attention.load() !== 0) {
      cpu.attention.exchange(0);
      lifecycle.leave(cpu);
    }
    const time = now();
    const vcpu = pick(cpu, time);
    if (vcpu === null) {
      setAlarm(cpu);
      gic.beforeSleep();
      wfi();
    } else if (vcpu.state !== VcpuState.Loading) {
      return start(cpu, vcpu, time);
    } else {
      // Another processor may have set the load up: its position is read after the vCPU's state.
      dmbIsh();
      loader.step(cpu, nonNull(vcpu.vm));
      // It has been off the processor since this step, for the others' turns.
      vcpu.since = now();
      budget.charge(vcpu, wrappingSub(vcpu.since, time));
    }
    interrupts.take(cpu);
  }
}

/** Puts `vcpu` on the processor. */
function start(cpu: Cpu, vcpu: Vcpu, time: u64): Vcpu {
  const stolen = sinceChange(vcpu, time);
  vcpu.ticksStolen = wrappingAdd(vcpu.ticksStolen, stolen);
  if (vcpu.mindsStolenTime) {
    stolenTime.add(nonNull(vcpu.vm), vcpu, stolen);
  }
  const before = cpu.loaded;
  if (before !== vcpu) {
    context.exchange(cpu, vcpu);
    // Its timers ran in the processor.
    if (before !== null && before.state === VcpuState.Waiting && before.deadline < cpu.wakeUp && priorityOf(before) >= priorityOf(vcpu)) {
      cpu.wakeUp = before.deadline;
    }
  }
  if (vcpu.incoming.load() !== 0) {
    virtualInterrupts.takeIn(vcpu);
  }
  setAlarm(cpu);
  vcpu.since = time;
  cpu.running = true;
  return vcpu;
}

/**
 * The Ready vCPU of highest priority; among equals the one that is in its slice, or else the one that has been off the
 * processor longest. It has a slice from here on. `cpu.wakeUp` becomes the time at which to look again, if no interrupt
 * makes the processor do so earlier.
 */
function pick(cpu: Cpu, time: u64): Vcpu | null {
  let best: Vcpu | null = null;
  let bestPriority: u32 = 0;
  let bestSince: u64 = NEVER;
  let isContested: boolean = false;
  let wakeUp: u64 = NEVER;
  for (let vcpu = cpu.first; vcpu !== null; vcpu = vcpu.next) {
    if (vcpu.state === VcpuState.Waiting && isDue(cpu, vcpu, time)) {
      endWait(vcpu, time);
    }
    const vm = nonNull(vcpu.vm);
    if (vm.priority < bestPriority || vm.isPaused) {
      // It would not run anyway. (Of a lower priority, nor would those behind it.)
      continue;
    }
    if (vcpu.state === VcpuState.Waiting && vcpu !== cpu.loaded) {
      wakeUp = vcpu.deadline < wakeUp ? vcpu.deadline : wakeUp;
    } else if (vcpu.state === VcpuState.Ready || vcpu.state === VcpuState.Loading) {
      if (budget.isSpent(vm, vcpu, time)) {
        wakeUp = vcpu.renewal < wakeUp ? vcpu.renewal : wakeUp;
      } else {
        // Who wakes at the end of another's slice goes behind it.
        const since = vcpu !== cpu.turn ? wrappingAdd(vcpu.since, 1n) : time < cpu.sliceEnd ? 0n : vcpu.since;
        isContested = best !== null;
        if (since < bestSince) {
          best = vcpu;
          bestPriority = vm.priority;
          bestSince = since;
        }
      }
    }
  }
  if (best !== null) {
    if (cpu.turn !== best || time >= cpu.sliceEnd) {
      cpu.turn = best;
      cpu.sliceEnd = wrappingAdd(time, CNTFRQ_EL0.read() / SLICES_A_SECOND);
    }
    if (isContested && cpu.sliceEnd < wakeUp) {
      wakeUp = cpu.sliceEnd;
    }
    wakeUp = budget.end(best, time, wakeUp);
  }
  cpu.wakeUp = wakeUp;
  return best;
}

/** Whether a Waiting vCPU has an interrupt from elsewhere, or, while it is not loaded, a timer that has fired. */
function isDue(cpu: Cpu, vcpu: Vcpu, time: u64): boolean {
  return vcpu.incoming.load() !== 0 || (cpu.loaded !== vcpu && vcpu.deadline <= time);
}

/** What a processor does for itself, in steps that are short enough to be done with interrupts masked. @noinline */
function doChores(cpu: Cpu): void {
  cpu.chores = NEVER;
  if (console.step()) {
    doChoresSoon();
  }
  if (uart.interruptsTo(cpu)) {
    if (status.step()) {
      doChoresSoon();
    }
    if (input.step()) {
      doChoresSoon();
    }
  }
}

/** Has this processor do its chores in a moment. */
export function doChoresSoon(): void {
  const cpu = cpus.current();
  const time = wrappingAdd(now(), CNTFRQ_EL0.read() / u64(CHORES_A_SECOND));
  if (time < cpu.chores) {
    cpu.chores = time;
    setAlarm(cpu);
  }
}

/** Sets the hypervisor's timer of this processor to the earlier of `wakeUp` and `chores`, or turns it off. */
function setAlarm(cpu: Cpu): void {
  const time = cpu.wakeUp < cpu.chores ? cpu.wakeUp : cpu.chores;
  if (time === cpu.alarm) {
    return;
  }
  cpu.alarm = time;
  if (time === NEVER) {
    CNTHP_CTL_EL2.write(0n);
  } else {
    CNTHP_CVAL_EL2.write(time);
    CNTHP_CTL_EL2.write(1n);
  }
}

/** The hypervisor's timer has fired. */
export function alarm(cpu: Cpu): void {
  CNTHP_CTL_EL2.write(0n);
  cpu.alarm = NEVER;
  if (now() >= cpu.chores) {
    doChores(cpu);
  }
  cpu.reschedule = true;
}
