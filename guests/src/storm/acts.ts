/** What keeps a hypervisor busy, by kinds: traps, hypercalls, interrupts, faults and restarts. */
import { CPACR_EL1, MDSCR_EL1, VBAR_EL1 } from '@thimble/arm64/registers-el1.ts';
import { CNTV_CTL_EL0, CNTV_CVAL_EL0 } from '@thimble/arm64/registers-timer.ts';
import { ICC_SGI1R_EL1, ICC_IGRPEN1_EL1, ICC_PMR_EL1 } from '@thimble/arm64/registers-gic.ts';
import { hvc, isb } from '@thimble/arm64/instructions.ts';
import * as firmware from '../runtime/firmware.ts';
import * as sleep from '../runtime/sleep.ts';

const SLEEP_TICKS = 2_000n;

const DISTRIBUTOR = 0x0800_0000n;
const SGI_FRAME = 0x080b_0000n;
const CTLR = 0x000n;
const IGROUPR = 0x080n;
const ISENABLER = 0x100n;
const ICENABLER = 0x180n;
const ISPENDR = 0x200n;
const ICPENDR = 0x280n;
const IPRIORITYR = 0x400n;
const LOWEST_PRIORITY = 0xf8n;
const CTLR_ENABLE = 0x3;
const ALL = 0xffff_ffff;
const SGIS = 0xffff;
/** Words of 32 interrupts in the distributor: SPIs 32 to 95. */
const SPI_WORDS: readonly u64[] = [4n, 8n];
const UART = 0x0900_0000n;
const FLAGS = 0x18n;
const UNBACKED = 0x3000_0000n;
const AFFINITY_INFO = 0xc400_0004n;

/** The kinds. */
const HYPERCALLS = 0n;
const UART_READS = 1n;
const CONSOLE_BYTES = 2n;
const DISTRIBUTOR_READS = 3n;
/** Enables change while every interrupt there is waits. */
const DISTRIBUTOR_WRITES = 4n;
const PRIORITIES = 5n;
const SELF_SGIS = 6n;
const TIMERS = 7n;
const SLEEPS = 8n;
const HIDDEN_REGISTERS = 9n;
const VECTOR_REGISTERS = 10n;
const UNBACKED_READS = 11n;
const COMPUTING = 12n;
/** The last one: restarts. */
export const KINDS = 14n;

/** Everything is enabled and pending, and the CPU interface takes nothing: the list registers are full, the rest waits. */
function pend(): void {
  for (const word of SPI_WORDS) {
    mmio.write32(DISTRIBUTOR + IGROUPR + word, ALL);
    mmio.write32(DISTRIBUTOR + ISENABLER + word, ALL);
    mmio.write32(DISTRIBUTOR + ISPENDR + word, ALL);
  }
}

function unpend(): void {
  for (const word of SPI_WORDS) {
    mmio.write32(DISTRIBUTOR + ICENABLER + word, ALL);
    mmio.write32(DISTRIBUTOR + ICPENDR + word, ALL);
  }
}

/** Vectors, and interrupts of every kind, masked but for `act`. */
export function open(): void {
  VBAR_EL1.write(linkerSymbol('acts_vectors'));
  CPACR_EL1.write(CPACR_EL1.of({ FPEN: 3n }));
  mmio.write32(DISTRIBUTOR + CTLR, CTLR_ENABLE);
  mmio.write32(SGI_FRAME + IGROUPR, ALL);
  mmio.write32(SGI_FRAME + ISENABLER, ALL);
  // The most urgent ones come last, so that a search for them has to look at all.
  for (let i: u32 = 0; i < 16; i += 1) {
    mmio.write32(DISTRIBUTOR + IPRIORITYR + 32n + u64(i * 4), (0xf0 - i * 8) * 0x0101_0101);
  }
  ICC_PMR_EL1.write(LOWEST_PRIORITY);
  ICC_IGRPEN1_EL1.write(1n);
  isb();
}

/** Interrupts, taken at once. */
function interrupts(kind: u64): void {
  asm`msr daifclr, #2`;
  if (kind === SELF_SGIS) {
    ICC_SGI1R_EL1.write(ICC_SGI1R_EL1.of({ TARGETLIST: 1n }));
    mmio.write32(SGI_FRAME + ISPENDR, SGIS);
  } else {
    CNTV_CVAL_EL0.write(0n);
    CNTV_CTL_EL0.write(CNTV_CTL_EL0.of({ ENABLE: 1n }));
    isb();
  }
  asm`msr daifset, #2`;
}

/** Does one of `kind`. A restart does not come back. */
export function act(kind: u64): void {
  switch (kind) {
    case HYPERCALLS:
      hvc(AFFINITY_INFO, 0n, 0n, 0n);
      break;
    case UART_READS:
      mmio.read32(UART + FLAGS);
      break;
    case CONSOLE_BYTES:
      mmio.write32(UART, 0x2e);
      break;
    case DISTRIBUTOR_READS:
      mmio.read32(DISTRIBUTOR + ISENABLER + 4n);
      break;
    case DISTRIBUTOR_WRITES:
      pend();
      unpend();
      break;
    case PRIORITIES:
      pend();
      mmio.write32(DISTRIBUTOR + IPRIORITYR + 32n, 0xf0f0_f0f0);
      break;
    case SELF_SGIS:
    case TIMERS:
      interrupts(kind);
      break;
    case SLEEPS:
      sleep.forTicks(SLEEP_TICKS);
      break;
    case HIDDEN_REGISTERS:
      MDSCR_EL1.write(0n);
      break;
    case VECTOR_REGISTERS:
      asm`.arch_extension simd; movi v0.2d, #0`;
      break;
    case UNBACKED_READS:
      mmio.read32(UNBACKED);
      break;
    case COMPUTING:
      break;
    default:
      firmware.reset();
  }
}

/** A fault is stepped over; an interrupt is taken and ended, and the timer silenced. */
const fault = naked<() => void>(asm`
    str   x0, [sp, #-16]!
    mrs   x0, elr_el1
    add   x0, x0, #4
    msr   elr_el1, x0
    ldr   x0, [sp], #16
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
    b     ${fault}
    .balign 128
    str   x0, [sp, #-16]!
    msr   cntv_ctl_el0, xzr
    mrs   x0, icc_iar1_el1
    msr   icc_eoir1_el1, x0
    ldr   x0, [sp], #16
    eret
    .balign 128
    b     .`,
  { align: 2048 },
);
