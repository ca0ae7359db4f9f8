/**
 * Measures what single operations cost, in instructions: run under QEMU's `-icount shift=0`, where the counter
 * advances one tick in 16 instructions. Each loop is assembly, so that nothing but the operation differs from the
 * empty loop that is subtracted. Prints `bench <key> <instructions>` and powers off.
 */
import { prepare } from './runtime/start.ts';
import * as firmware from './runtime/firmware.ts';
import * as interrupts from './runtime/interrupts.ts';
import * as measuring from './runtime/measuring.ts';
import * as uart from './runtime/uart.ts';

const COUNT = 0x1_0000n;
/** Each leaves a character on the console. */
const CONSOLE_COUNT = 0x400n;

const UART = 0x0900_0000n;
const DISTRIBUTOR = 0x0800_0000n;

/** Each of these runs its operation `count` times and returns the ticks that took. `base` is the device's address. */
const hypercall = naked<(count: u64, base: u64) => u64>(asm`
    mov   x10, x0
    mrs   x9, cntvct_el0
  1:
    mov   w0, #0x84000000
    hvc   #0
    subs  x10, x10, #1
    b.ne  1b
    mrs   x0, cntvct_el0
    sub   x0, x0, x9
    ret`);

const uartRead = naked<(count: u64, base: u64) => u64>(asm`
    mrs   x9, cntvct_el0
  1:
    ldr   w2, [x1, #0x18]
    subs  x0, x0, #1
    b.ne  1b
    mrs   x0, cntvct_el0
    sub   x0, x0, x9
    ret`);

const distributorRead = naked<(count: u64, base: u64) => u64>(asm`
    mrs   x9, cntvct_el0
  1:
    ldr   w2, [x1, #4]
    subs  x0, x0, #1
    b.ne  1b
    mrs   x0, cntvct_el0
    sub   x0, x0, x9
    ret`);

const enableRead = naked<(count: u64, base: u64) => u64>(asm`
    mrs   x9, cntvct_el0
  1:
    ldr   w2, [x1, #0x104]
    subs  x0, x0, #1
    b.ne  1b
    mrs   x0, cntvct_el0
    sub   x0, x0, x9
    ret`);

/** x21 counts the interrupts taken (runtime/interrupts.ts): the next one is sent when the last has ended. */
const selfSgi = naked<(count: u64, base: u64) => u64>(asm`
    mov   x11, x21
    mov   x21, #0
    mov   x10, #0
    mov   x2, #1
    mrs   x9, cntvct_el0
  1:
    msr   icc_sgi1r_el1, x2
    isb
  2:
    cmp   x21, x10
    b.eq  2b
    mov   x10, x21
    subs  x0, x0, #1
    b.ne  1b
    mrs   x0, cntvct_el0
    sub   x0, x0, x9
    mov   x21, x11
    ret`);

const timer = naked<(count: u64, base: u64) => u64>(asm`
    mov   x11, x21
    mov   x21, #0
    mov   x10, #0
    mov   x2, #1
    mrs   x9, cntvct_el0
  1:
    msr   cntv_tval_el0, xzr
    msr   cntv_ctl_el0, x2
    isb
  2:
    cmp   x21, x10
    b.eq  2b
    mov   x10, x21
    subs  x0, x0, #1
    b.ne  1b
    mrs   x0, cntvct_el0
    sub   x0, x0, x9
    mov   x21, x11
    ret`);

/**
 * WFI until the timer fires, and its interrupt. The timer is set so early that it fires while the hypervisor is still on its way
 * to sleep: the processor never sleeps, and the counter shows nothing but instructions.
 */
const sleepWake = naked<(count: u64, base: u64) => u64>(asm`
    mov   x11, x21
    mov   x21, #0
    mov   x10, #0
    mov   x2, #1
    mov   x3, #3
    msr   daifset, #2
    mrs   x9, cntvct_el0
  1:
    msr   cntv_tval_el0, x3
    msr   cntv_ctl_el0, x2
    isb
    wfi
    msr   daifclr, #2
  2:
    cmp   x21, x10
    b.eq  2b
    msr   daifset, #2
    mov   x10, x21
    subs  x0, x0, #1
    b.ne  1b
    mrs   x0, cntvct_el0
    sub   x0, x0, x9
    mov   x21, x11
    msr   daifclr, #2
    ret`);

const consoleByte = naked<(count: u64, base: u64) => u64>(asm`
    mov   w2, #0x2e
    mrs   x9, cntvct_el0
  1:
    str   w2, [x1]
    subs  x0, x0, #1
    b.ne  1b
    mrs   x0, cntvct_el0
    sub   x0, x0, x9
    ret`);

/** As a driver does it: waits until the transmit FIFO is not full. */
const consoleBytePolled = naked<(count: u64, base: u64) => u64>(asm`
    mov   w2, #0x2e
    mrs   x9, cntvct_el0
  1:
    ldr   w3, [x1, #0x18]
    tbnz  w3, #5, 1b
    str   w2, [x1]
    subs  x0, x0, #1
    b.ne  1b
    mrs   x0, cntvct_el0
    sub   x0, x0, x9
    ret`);

function measureConsole(): void {
  const ticks = consoleByte(CONSOLE_COUNT, UART);
  uart.line('');
  const ticksPolled = consoleBytePolled(CONSOLE_COUNT, UART);
  uart.line('');
  measuring.report('consoleByte', ticks, CONSOLE_COUNT);
  measuring.report('consoleBytePolled', ticksPolled, CONSOLE_COUNT);
}

/** `bootTicks`: the physical counter at this machine's first instruction. */
export function main(bootTicks: u64): never {
  measuring.line('bootToGuest', bootTicks * measuring.INSTRUCTIONS_A_TICK);
  measuring.report('hypercall', hypercall(COUNT, 0n), COUNT);
  measuring.report('uartRead', uartRead(COUNT, UART), COUNT);
  measuring.report('distributorRead', distributorRead(COUNT, DISTRIBUTOR), COUNT);
  measuring.report('enableRead', enableRead(COUNT, DISTRIBUTOR), COUNT);
  measureConsole();
  interrupts.open();
  measuring.report('selfSgi', selfSgi(COUNT, 0n), COUNT);
  measuring.report('timer', timer(COUNT, 0n), COUNT);
  measuring.report('sleepWake', sleepWake(COUNT, 0n), COUNT);
  firmware.powerOff();
}

export const entry = naked<() => never>(
  asm`
    mrs   x19, cntpct_el0
    bl    ${prepare}
    mov   x0, x19
    b     ${main}`,
  { section: '.text.start' },
);
