/**
 * Which vCPU runs on a processor. vCPUs are pinned; among those of one processor the highest priority that is
 * Ready runs, and equals take turns of a slice; one whose budget is spent counts as not Ready. There is no periodic tick:
 * the hypervisor's timer is set only for the end of a slice that somebody else waits for, for budgets, and for the
 * deadlines of sleeping vCPUs that are not loaded.
 */
import { CNTHP_CTL_EL2, CNTHP_CVAL_EL2 } from '@thimble/arm64/registers-el2.ts';
import { CNTFRQ_EL0, CNTPCT_EL0 } from '@thimble/arm64/registers-timer.ts';
import { dmbIsh, isb, wfi } from '@thimble/arm64/instructions.ts';
import * as budget from './budget.ts';
import * as cpus from './cpu.ts';
import type { Cpu } from './cpu.ts';
import * as context from './context.ts';
import * as gic from './gic.ts';
import * as input from './input.ts';
import * as lifecycle from './lifecycle.ts';
import * as loader from './loader.ts';
import * as interrupts from './physical-interrupts.ts';
import * as stolenTime from './stolen-time.ts';
import { NEVER, VcpuState, type Vcpu } from './vcpu.ts';
import * as virtualInterrupts from './virtual-interrupts.ts';

/** A slice is 1/100 s. */
const SLICES_A_SECOND = 100n;

/** The physical counter; no earlier instruction reads it later. */
export function now(): u64 {
  isb();
  return CNTPCT_EL0.read();
}

/** Pins `vcpu` to `cpu`, for good. */
export function pin(vcpu: Vcpu, cpu: Cpu): void {
  vcpu.cpu = cpu;
  const ring = cpu.ring;
  if (ring === null) {
    vcpu.next = vcpu;
    cpu.ring = vcpu;
  } else {
    vcpu.next = ring.next;
    ring.next = vcpu;
  }
}

/** `vcpu`, loaded on this processor, has an interrupt to take. */
export function wake(cpu: Cpu, vcpu: Vcpu): void {
  if (vcpu.state === VcpuState.Waiting) {
    vcpu.wakeUps = wrappingAdd(vcpu.wakeUps, 1n);
    setState(vcpu, VcpuState.Ready);
    cpu.reschedule = true;
  }
}

/** Has `cpu` look at its vCPUs again. */
export function poke(cpu: Cpu): void {
  if (cpu === cpus.current()) {
    cpu.reschedule = true;
  } else {
    cpu.attention.store(1);
    gic.kick(cpu);
  }
}

/** Has `cpu` look at the interrupts of its vCPUs. */
export function tellOfInterrupts(cpu: Cpu): void {
  if (cpu === cpus.current()) {
    cpu.reschedule = true;
  } else {
    gic.kick(cpu);
  }
}

/** Another processor has told this one. Most often it is about interrupts of the vCPU that runs, which goes on. */
export function told(cpu: Cpu): void {
  const vcpu = cpu.loaded;
  if (vcpu === null || !cpu.running || cpu.attention.load() !== 0 || isAnotherDirty(vcpu)) {
    cpu.reschedule = true;
  } else {
    virtualInterrupts.takeIn(vcpu);
  }
}

function isAnotherDirty(vcpu: Vcpu): boolean {
  for (let other = nonNull(vcpu.next); other !== vcpu; other = nonNull(other.next)) {
    if (other.dirty.load() !== 0) {
      return true;
    }
  }
  return false;
}

/** Changes the state of a vCPU that is not running; the time so far is booked on the state that ends. */
export function setState(vcpu: Vcpu, state: VcpuState): void {
  const time = now();
  if (vcpu.state === VcpuState.Ready) {
    vcpu.ticksStolen = wrappingAdd(vcpu.ticksStolen, wrappingSub(time, vcpu.since));
  }
  vcpu.since = time;
  // What the new state stands for, registers above all, is visible before it to the vCPU's own processor.
  dmbIsh();
  vcpu.state = state;
}

/** The running vCPU waits for an interrupt. Returns the vCPU to run next. */
export function wait(cpu: Cpu, vcpu: Vcpu): Vcpu {
  stop(cpu, vcpu);
  setState(vcpu, VcpuState.Waiting);
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

/** Picks, or sleeps until there is something to pick; comes back with a vCPU that is loaded and ready to enter. @hot */
export function next(cpu: Cpu): Vcpu {
  while (true) {
    cpu.reschedule = false;
    // Taken, not overwritten, before anything is looked at: what is said later stays.
    if (cpu.attention.load() !== 0) {
      cpu.attention.exchange(0);
    }
    if (cpu.leaving.exchange(0) !== 0) {
      lifecycle.leave(cpu);
    }
    const time = now();
    const vcpu = pick(cpu, time);
    if (vcpu === null) {
      setAlarm(cpu, wakeUpTime(cpu, null, time));
      wfi();
      interrupts.take(cpu);
    } else {
      takeTurn(cpu, vcpu, time);
      if (vcpu.state !== VcpuState.Loading) {
        return start(cpu, vcpu, time);
      }
      // Another processor may have set the load up: its position is read after the vCPU's state.
      dmbIsh();
      loader.step(cpu, nonNull(vcpu.vm));
      // It has been off the processor since this step, for the others' turns.
      vcpu.since = now();
      budget.charge(vcpu, wrappingSub(vcpu.since, time));
      interrupts.take(cpu);
    }
  }
}

/** A slice for `vcpu`, unless it is still in one. */
function takeTurn(cpu: Cpu, vcpu: Vcpu, time: u64): void {
  if (cpu.ring !== vcpu || time >= cpu.sliceEnd) {
    cpu.ring = vcpu;
    cpu.sliceEnd = time + CNTFRQ_EL0.read() / SLICES_A_SECOND;
  }
}

/** Puts `vcpu` on the processor. */
function start(cpu: Cpu, vcpu: Vcpu, time: u64): Vcpu {
  const stolen = wrappingSub(time, vcpu.since);
  vcpu.ticksStolen = wrappingAdd(vcpu.ticksStolen, stolen);
  if (vcpu.mindsStolenTime) {
    stolenTime.add(nonNull(vcpu.vm), vcpu, stolen);
  }
  if (cpu.loaded !== vcpu) {
    context.exchange(cpu, vcpu);
  }
  if (vcpu.dirty.load() !== 0) {
    virtualInterrupts.refillLocked(nonNull(vcpu.vm), vcpu);
  }
  setAlarm(cpu, wakeUpTime(cpu, vcpu, time));
  vcpu.since = time;
  cpu.running = true;
  return vcpu;
}

/**
 * The Ready vCPU of highest priority; among equals the one that is in its slice, or else the one that has been off the
 * processor longest.
 */
function pick(cpu: Cpu, time: u64): Vcpu | null {
  const first = cpu.ring;
  if (first === null) {
    return null;
  }
  let best: Vcpu | null = null;
  let bestPriority: u32 = 0;
  let vcpu: Vcpu = first;
  do {
    if (vcpu.state === VcpuState.Waiting && isDue(cpu, vcpu, time)) {
      vcpu.wakeUps = wrappingAdd(vcpu.wakeUps, 1n);
      setState(vcpu, VcpuState.Ready);
    }
    const vm = nonNull(vcpu.vm);
    const priority = vm.priority;
    if ((vcpu.state === VcpuState.Ready || vcpu.state === VcpuState.Loading) && !budget.isSpent(vm, vcpu, time)) {
      const inSlice = best === first && time < cpu.sliceEnd;
      if (best === null || priority > bestPriority || (priority === bestPriority && !inSlice && vcpu.since < best.since)) {
        best = vcpu;
        bestPriority = priority;
      }
    }
    vcpu = nonNull(vcpu.next);
  } while (vcpu !== first);
  return best;
}

/** Whether a Waiting vCPU has an interrupt from elsewhere, or, while it is not loaded, a timer that has fired. */
function isDue(cpu: Cpu, vcpu: Vcpu, time: u64): boolean {
  return vcpu.dirty.load() !== 0 || (cpu.loaded !== vcpu && vcpu.deadline <= time);
}

/** When `cpu` must look at its vCPUs again, if no interrupt makes it do so earlier, while `running` runs from `time` on (null: idle). */
function wakeUpTime(cpu: Cpu, running: Vcpu | null, time: u64): u64 {
  const first = cpu.ring;
  if (first === null) {
    return NEVER;
  }
  let earliest: u64 = NEVER;
  let priority: u32 = 0;
  if (running !== null) {
    const vm = nonNull(running.vm);
    priority = vm.priority;
    if (vm.budget !== 0n) {
      earliest = budget.end(running, time);
    }
  }
  let vcpu: Vcpu = first;
  do {
    const vm = nonNull(vcpu.vm);
    if (vcpu !== running && vm.priority >= priority) {
      let at: u64 = NEVER;
      if (vcpu.state === VcpuState.Ready || vcpu.state === VcpuState.Loading) {
        at = budget.isSpent(vm, vcpu, time) ? vcpu.renewal : cpu.sliceEnd;
      } else if (vcpu.state === VcpuState.Waiting && vcpu !== cpu.loaded) {
        at = vcpu.deadline;
      }
      if (at < earliest) {
        earliest = at;
      }
    }
    vcpu = nonNull(vcpu.next);
  } while (vcpu !== first);
  return earliest;
}

/** Sets the hypervisor's timer of this processor to the earlier of `wakeUp` and the end of an input stall, or turns it off. */
function setAlarm(cpu: Cpu, wakeUp: u64): void {
  const stall = input.deadlineOf(cpu);
  const time = wakeUp < stall ? wakeUp : stall;
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
  input.expire(now());
  cpu.reschedule = true;
}
