/**
 * Measures interrupts between two vCPUs, meant for two processors: vCPU 0 sends SGIs, vCPU 1 answers each, SGI 0 by another SGI
 * and SGI 1 by a word in memory. Both wait with WFE, on which QEMU's `-icount` turns to the other processor; the
 * counter counts the instructions of both.
 */
import { hvc } from '@thimble/arm64/instructions.ts';
import { prepare } from './runtime/start.ts';
import * as firmware from './runtime/firmware.ts';
import * as interrupts from './runtime/interrupts.ts';
import * as measuring from './runtime/measuring.ts';

const COUNT = 0x2000n;
const CPU_ON = 0xc400_0003n;

/** The redistributor of vCPU 1. */
const SGI_FRAME_1 = 0x080d_0000n;

class Shared {
  /** Interrupts that vCPU 1 has taken. */
  taken: u64 = 0n;
  ready: u64 = 0n;
}
const shared = new Shared();

/** vCPU 1: x22 is SGI 0 to vCPU 0, x23 the address of `shared`. */
const answeringVectors = naked<() => void>(
  asm`
    .balign 128
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
    mrs   x20, icc_iar1_el1
    msr   icc_eoir1_el1, x20
    add   x21, x21, #1
    cbnz  x20, 1f
    msr   icc_sgi1r_el1, x22
    eret
  1:
    str   x21, [x23]
    sev
    eret
    .balign 128
    b     .`,
  { align: 2048 },
);

/** The first instructions of vCPU 1; x0 is the address of `shared`. */
export const secondary = naked<() => never>(asm`
    mov   x21, #0
    mov   x22, #1
    mov   x23, x0
    adr   x1, ${answeringVectors}
    msr   vbar_el1, x1
    ldr   x1, =${SGI_FRAME_1}
    mov   w2, #-1
    str   w2, [x1, #0x80]
    mov   w2, #3
    str   w2, [x1, #0x100]
    mov   x2, #0xf8
    msr   icc_pmr_el1, x2
    mov   x2, #1
    msr   icc_igrpen1_el1, x2
    isb
    str   x2, [x23, #8]
    msr   daifclr, #2
    sev
  1:
    wfe
    b     1b
    .ltorg`);

/** SGI 0 to vCPU 1, and its SGI back, `count` times; x21 counts what came back. Returns ticks. */
const roundTrip = naked<(count: u64) => u64>(asm`
    mov   x11, x21
    mov   x21, #0
    mov   x10, #0
    mov   x2, #2
    mrs   x9, cntvct_el0
  1:
    msr   icc_sgi1r_el1, x2
    isb
  2:
    wfe
    cmp   x21, x10
    b.eq  2b
    mov   x10, x21
    subs  x0, x0, #1
    b.ne  1b
    mrs   x0, cntvct_el0
    sub   x0, x0, x9
    mov   x21, x11
    ret`);

/** SGI 1 to vCPU 1, and its word in memory, the first field at `shared`. */
const oneWay = naked<(count: u64, shared: u64) => u64>(asm`
    ldr   x10, [x1]
    mov   x2, #2
    movk  x2, #0x0100, lsl #16            // INTID 1
    mrs   x9, cntvct_el0
  1:
    msr   icc_sgi1r_el1, x2
    isb
  2:
    wfe
    ldr   x3, [x1]
    cmp   x3, x10
    b.eq  2b
    mov   x10, x3
    subs  x0, x0, #1
    b.ne  1b
    mrs   x0, cntvct_el0
    sub   x0, x0, x9
    ret`);

export function main(): never {
  const address = addressOf(shared);
  interrupts.open();
  hvc(CPU_ON, 1n, linkerSymbol('measure_ipi_secondary'), address);
  while (memory.load64(address + u64(offsetOf(Shared, 'ready'))) === 0n) {
    asm`wfe`;
  }
  measuring.report('ipi', roundTrip(COUNT), COUNT);
  measuring.report('ipiOneWay', oneWay(COUNT, address), COUNT);
  firmware.powerOff();
}

export const entry = naked<() => never>(
  asm`
    bl    ${prepare}
    b     ${main}`,
  { section: '.text.start' },
);
