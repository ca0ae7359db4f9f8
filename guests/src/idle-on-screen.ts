/**
 * A machine with a screen that shows a picture and then has next to nothing to do: it sleeps a second ten times. It says when that begins and ends by reading
 * its redistributor's type, which a trace of the hypervisor shows, and powers itself off.
 */
import { CNTFRQ_EL0, CNTV_CTL_EL0, CNTV_CVAL_EL0, CNTVCT_EL0 } from '@thimble/arm64/registers-timer.ts';
import * as firmware from './runtime/firmware.ts';
import * as screen from './runtime/screen.ts';
import { prepare } from './runtime/start.ts';

const SGI_FRAME = 0x080b_0000n;
const IGROUPR = 0x080n;
const ISENABLER = 0x100n;
/** The virtual timer's. */
const INTERRUPT = 0x0800_0000;
const GICR_TYPER = 0x080a_0008n;

/** Until the meters look no more (device-machine/src/meters.ts). */
const SETTLING = 66;
const SLEEPS = 10;

/** Each takes one wake-up, in which the interrupt is ended. */
function sleepSeconds(count: u32): void {
  for (let i: u32 = 0; i < count; i += 1) {
    const end = CNTVCT_EL0.read() + CNTFRQ_EL0.read();
    CNTV_CVAL_EL0.write(end);
    CNTV_CTL_EL0.write(CNTV_CTL_EL0.of({ ENABLE: 1n }));
    while (CNTVCT_EL0.read() < end) {
      screen.pause();
    }
    CNTV_CTL_EL0.write(0n);
  }
}

function mark(): void {
  mmio.read32(GICR_TYPER);
}

export function main(): never {
  screen.openInterrupts();
  mmio.write32(SGI_FRAME + IGROUPR, INTERRUPT);
  mmio.write32(SGI_FRAME + ISENABLER, INTERRUPT);
  screen.show();
  sleepSeconds(SETTLING);
  mark();
  sleepSeconds(SLEEPS);
  mark();
  firmware.powerOff();
}

export const entry = naked<() => never>(
  asm`
    bl    ${prepare}
    b     ${main}`,
  { section: '.text.start' },
);
