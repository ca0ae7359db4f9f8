/**
 * A real-time machine: a task that is due once a millisecond, by the virtual timer, and keeps a histogram of how late it was. Meant for
 * a priority above all others on its processor.
 *
 * Lateness is counted in ticks of CNTVCT_EL0, from the time that the timer was set to, to the first instructions of the interrupt's
 * handler. After every second it prints what it saw since it started, and an empty line:
 *
 *     periods 2000 missed 0 late 43 to 97 ticks
 *         40  ########################### 1612
 *         48  ## 120
 */
import { CNTFRQ_EL0, CNTV_CTL_EL0, CNTV_CVAL_EL0, CNTVCT_EL0 } from '@thimble/arm64/registers-timer.ts';
import { VBAR_EL1 } from '@thimble/arm64/registers-el1.ts';
import { ICC_EOIR1_EL1, ICC_IAR1_EL1 } from '@thimble/arm64/registers-gic.ts';
import { isb, wfi } from '@thimble/arm64/instructions.ts';
import { prepare } from './runtime/start.ts';
import * as interrupts from './runtime/interrupts.ts';
import * as uart from './runtime/uart.ts';

const PERIODS_A_SECOND = 1000n;
const VIRTUAL_TIMER = 27n;

/** A bucket is 8 ticks; the last one holds whatever is later. */
const BUCKET_TICKS = 8n;
const BUCKETS = 64;
const BAR_MAX = 40n;

const histogram = fixedArray(u64, BUCKETS);
let periodTicks: u64 = 0n;
let due: u64 = 0n;
let periods: u64 = 0n;
/** Due times that had passed before the handler of an earlier one was done. */
let missed: u64 = 0n;
let earliest: u64 = 0xffff_ffffn;
let latest: u64 = 0n;

/** The task. `time` is the counter at the handler's start. */
export function take(time: u64): void {
  const interrupt = ICC_IAR1_EL1.read();
  if (interrupt === VIRTUAL_TIMER) {
    record(time - due);
    due += periodTicks;
    while (due <= CNTVCT_EL0.read()) {
      due += periodTicks;
      missed += 1n;
    }
    CNTV_CVAL_EL0.write(due);
    // The timer's line is low before the interrupt ends.
    isb();
  }
  ICC_EOIR1_EL1.write(interrupt);
}

function record(late: u64): void {
  const bucket = late / BUCKET_TICKS;
  histogram[bucket < u64(BUCKETS) ? u32(bucket) : BUCKETS - 1] += 1n;
  periods += 1n;
  earliest = late < earliest ? late : earliest;
  latest = late > latest ? late : latest;
}

function print(): void {
  uart.text('periods ');
  uart.decimal(periods);
  uart.text(' missed ');
  uart.decimal(missed);
  uart.text(' late ');
  uart.decimal(earliest);
  uart.text(' to ');
  uart.decimal(latest);
  uart.line(' ticks');
  for (let bucket: u32 = 0; bucket < BUCKETS; bucket += 1) {
    if (histogram[bucket] !== 0n) {
      printBucket(bucket);
    }
  }
  uart.line('');
}

function printBucket(bucket: u32): void {
  const count = histogram[bucket];
  const from = u64(bucket) * BUCKET_TICKS;
  uart.text(from < 10n ? '      ' : from < 100n ? '     ' : '    ');
  uart.decimal(from);
  uart.text('  ');
  for (let i: u64 = 0n; i < (count * BAR_MAX + periods - 1n) / periods; i += 1n) {
    uart.text('#');
  }
  uart.text(' ');
  uart.decimal(count);
  uart.line('');
}

export function main(): never {
  periodTicks = CNTFRQ_EL0.read() / PERIODS_A_SECOND;
  interrupts.open();
  VBAR_EL1.write(linkerSymbol('real_time_vectors'));
  due = CNTVCT_EL0.read() + periodTicks;
  CNTV_CVAL_EL0.write(due);
  CNTV_CTL_EL0.write(CNTV_CTL_EL0.of({ ENABLE: 1n }));
  let printed: u64 = 0n;
  while (true) {
    wfi();
    if (periods >= printed + PERIODS_A_SECOND) {
      printed += PERIODS_A_SECOND;
      // The task goes on meanwhile: its interrupts are not masked.
      print();
    }
  }
}

/** Reads the counter first of all; then what TypeScript may change is kept on the stack. */
const interrupted = naked<() => void>(asm`
    stp   x0, x1, [sp, #-176]!
    mrs   x0, cntvct_el0
    stp   x2, x3, [sp, #16]
    stp   x4, x5, [sp, #32]
    stp   x6, x7, [sp, #48]
    stp   x8, x9, [sp, #64]
    stp   x10, x11, [sp, #80]
    stp   x12, x13, [sp, #96]
    stp   x14, x15, [sp, #112]
    stp   x16, x17, [sp, #128]
    stp   x18, x30, [sp, #144]
    bl    ${take}
    ldp   x2, x3, [sp, #16]
    ldp   x4, x5, [sp, #32]
    ldp   x6, x7, [sp, #48]
    ldp   x8, x9, [sp, #64]
    ldp   x10, x11, [sp, #80]
    ldp   x12, x13, [sp, #96]
    ldp   x14, x15, [sp, #112]
    ldp   x16, x17, [sp, #128]
    ldp   x18, x30, [sp, #144]
    ldp   x0, x1, [sp], #176
    eret`);

export const vectors = naked<() => void>(
  asm`
    b     .
    .balign 128
    b     .
    .balign 128
    b     .
    .balign 128
    b     .
    .balign 128
    b     .
    .balign 128
    b     ${interrupted}
    .balign 128
    b     .`,
  { align: 2048 },
);

export const entry = naked<() => never>(
  asm`
    bl    ${prepare}
    b     ${main}`,
  { section: '.text.start' },
);
