/**
 * How much of a processor each machine uses. A look a second, but only while the bars are on the panel and a machine does something. Else the
 * next look is after twice the time, and after a minute there is none any more until something happens: a finger, a key, a frame, or whatever else
 * a machine wants of us. Nothing tells us of one that begins to compute by itself: it is seen at the next look, if there is to be one.
 */
import { CNTFRQ_EL0, CNTV_CTL_EL0, CNTV_CVAL_EL0, CNTVCT_EL0 } from '@thimble/arm64/registers-timer.ts';
import { isb } from '@thimble/arm64/instructions.ts';
import * as compositor from './compositor.ts';
import * as hypervisor from './hypervisor.ts';
import * as interrupts from './interrupts.ts';
import { MACHINES_MAX } from './limits.ts';

export const TIMER_INTID = 27;

/** Ticks run at the last look, and the use in the second before it, in hundredths of a processor. */
const ticks = fixedArray(u64, MACHINES_MAX);
const use = fixedArray(u32, MACHINES_MAX);
let lastLook: u64 = 0n;
let isOn: boolean = false;
/** To the next look; at most ... */
let seconds: u64 = 1n;
const SECONDS_MAX = 32n;

export function open(): void {
  interrupts.enable(TIMER_INTID);
  lastLook = CNTVCT_EL0.read();
}

export function useOf(index: u32): u32 {
  return use[index];
}

/** Something happens: the meters are worth a look in a second. */
export function wake(): void {
  if ((!isOn || seconds > 1n) && compositor.isOverview && compositor.count !== 0) {
    isOn = true;
    seconds = 1n;
    lastLook = CNTVCT_EL0.read();
    remember();
    setTimer();
  }
}

function remember(): void {
  for (let place: u32 = 0; place < compositor.count; place += 1) {
    const index = compositor.machineAt(place);
    ticks[index] = hypervisor.ticksRun(index);
  }
}

function setTimer(): void {
  CNTV_CVAL_EL0.write(lastLook + CNTFRQ_EL0.read() * seconds);
  CNTV_CTL_EL0.write(CNTV_CTL_EL0.of({ ENABLE: 1n }));
  isb();
}

/** What the bars have room for. */
const USE_MAX = 999n;

function hundredths(run: u64, passed: u64): u32 {
  const value = wrappingMul(run, 100n) / passed;
  return u32(value < USE_MAX ? value : USE_MAX);
}

/** The timer has fired. */
export function look(): void {
  CNTV_CTL_EL0.write(0n);
  isb();
  const time = CNTVCT_EL0.read();
  const passed = time > lastLook ? time - lastLook : 1n;
  let isBusy = false;
  let hasChanged = false;
  for (let place: u32 = 0; place < compositor.count; place += 1) {
    const index = compositor.machineAt(place);
    const run = hypervisor.ticksRun(index);
    // Of one that is just leaving its processor, a little may be missing.
    const more = run > ticks[index] ? run - ticks[index] : 0n;
    const before = use[index];
    use[index] = hundredths(more, passed);
    ticks[index] = run;
    hasChanged = hasChanged || use[index] !== before;
    isBusy = isBusy || use[index] !== 0;
  }
  lastLook = time;
  seconds = isBusy ? 1n : seconds * 2n;
  isOn = seconds <= SECONDS_MAX && compositor.isOverview;
  if (isOn) {
    setTimer();
  }
  if (hasChanged) {
    compositor.drawBars();
  }
}
