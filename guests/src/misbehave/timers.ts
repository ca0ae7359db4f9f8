/** Timers set to times that no program sets, and interrupts that never end. */
import { CNTP_CTL_EL0, CNTP_CVAL_EL0, CNTV_CTL_EL0, CNTV_CVAL_EL0 } from '@thimble/arm64/registers-timer.ts';
import { ICC_IGRPEN1_EL1, ICC_PMR_EL1, ICC_SGI1R_EL1 } from '@thimble/arm64/registers-gic.ts';
import { isb, wfi } from '@thimble/arm64/instructions.ts';
import * as dice from './dice.ts';
import * as uart from '../runtime/uart.ts';

const DISTRIBUTOR = 0x0800_0000n;
const SGI_FRAME = 0x080b_0000n;
const IGROUPR = 0x080n;
const ISENABLER = 0x100n;
const CTLR_ENABLE = 0x3;
const ALL = 0xffff_ffff;
const LOWEST_PRIORITY = 0xf8n;
const ENABLE = 1n;
const SETTINGS = 3000;
const TICKS_AHEAD = 0x7fff_ffffn;
const LATEST = 0xffff_0000_0000_0000n;

/** Every interrupt is let through, as far as PSTATE lets it. */
export function openInterrupts(): void {
  mmio.write32(DISTRIBUTOR, CTLR_ENABLE);
  mmio.write32(SGI_FRAME + IGROUPR, ALL);
  mmio.write32(SGI_FRAME + ISENABLER, ALL);
  ICC_PMR_EL1.write(LOWEST_PRIORITY);
  ICC_IGRPEN1_EL1.write(ENABLE);
  isb();
}

/**
 * Any time but one so late that it passes the end of all time on another clock: where the virtual counter lags behind the physical one,
 * QEMU 7.2 adds the two, never comes back, and takes the whole board with it. A time before the virtual counter's beginning is such a
 * one too, so that the virtual timer's TVAL stays positive.
 */
function virtualTime(): u64 {
  const time = dice.strange();
  return time > LATEST ? LATEST : time;
}

/** Ends with both timers off. */
function wild(): void {
  openInterrupts();
  for (let i: u32 = 0; i < SETTINGS; i += 1) {
    CNTV_CVAL_EL0.write(virtualTime());
    CNTV_CTL_EL0.write(dice.strange());
    CNTP_CVAL_EL0.write(dice.strange());
    CNTP_CTL_EL0.write(dice.strange());
    const ticks = dice.strange();
    const ticksAhead = ticks & TICKS_AHEAD;
    asm`msr cntv_tval_el0, ${ticksAhead}`;
    asm`msr cntp_tval_el0, ${ticks}`;
    isb();
  }
  CNTV_CTL_EL0.write(0n);
  CNTP_CTL_EL0.write(0n);
  isb();
  uart.line('timers: done');
}

/** Sleeps for ever: the timers are set past the end of time. */
function sleep(): void {
  openInterrupts();
  CNTV_CVAL_EL0.write(LATEST);
  CNTV_CTL_EL0.write(ENABLE);
  CNTP_CVAL_EL0.write(0xffff_ffff_ffff_ffffn);
  CNTP_CTL_EL0.write(ENABLE);
  while (true) {
    wfi();
  }
}

/** Waits for interrupts that are always pending and never taken: each wait ends at once. */
function restlessSleep(): void {
  openInterrupts();
  CNTV_CVAL_EL0.write(0n);
  CNTV_CTL_EL0.write(ENABLE);
  while (true) {
    wfi();
  }
}

/** Both timers have fired for good: the handler ends each interrupt, and it comes again. */
function storm(): void {
  openInterrupts();
  CNTV_CVAL_EL0.write(0n);
  CNTV_CTL_EL0.write(ENABLE);
  CNTP_CVAL_EL0.write(0n);
  CNTP_CTL_EL0.write(ENABLE);
  isb();
  asm`msr daifclr, #2`;
  while (true) {
    ICC_SGI1R_EL1.write(1n);
  }
}

/** The misdeed of that letter, if it is one of these. */
export function act(key: u8): boolean {
  switch (key) {
    case 0x77: // w
      wild();
      return true;
    case 0x5a: // Z
      sleep();
      return true;
    case 0x7a: // z
      restlessSleep();
      return true;
    case 0x49: // I
      storm();
      return true;
    default:
      return false;
  }
}
