/**
 * A bound on what a VM takes of its processors: in each period, each of its vCPUs runs for `budget` at most, whoever else
 * would have the processor. Periods are counted from the counter's zero, so those of equal length begin together. What is
 * not used by the end of a period is lost: a burst is never longer than two budgets, one at the end of a period and one
 * at the beginning of the next.
 */
import type { Vcpu } from './vcpu.ts';
import type { Vm } from './vm.ts';

/** Whether `vcpu` has to wait for `vcpu.renewal`. Begins a new period if it is time. */
export function isSpent(vm: Vm, vcpu: Vcpu, time: u64): boolean {
  if (vm.budget === 0n) {
    return false;
  }
  if (time >= vcpu.renewal) {
    vcpu.renewal = wrappingAdd(wrappingSub(time, time % vm.period), vm.period);
    vcpu.allowance = vm.budget;
  }
  return vcpu.allowance === 0n;
}

/** `vcpu` has run for `ticks`. */
export function charge(vcpu: Vcpu, ticks: u64): void {
  vcpu.allowance = ticks < vcpu.allowance ? vcpu.allowance - ticks : 0n;
}

/** `wakeUp`, or earlier, if a budget makes it so that `vcpu`, which begins to run at `time`, has to be looked at. */
export function end(vcpu: Vcpu, time: u64, wakeUp: u64): u64 {
  const vm = nonNull(vcpu.vm);
  if (vm.budget === 0n) {
    return wakeUp;
  }
  const spent = wrappingAdd(time, vcpu.allowance);
  const at = spent < vcpu.renewal ? spent : vcpu.renewal;
  return at < wakeUp ? at : wakeUp;
}
