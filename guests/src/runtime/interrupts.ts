/**
 * The virtual handset's GICv3 and the exception vectors of a guest that measures: every interrupt is acknowledged and
 * ended in a handful of instructions, and x21 counts them.
 */
import { VBAR_EL1 } from '@thimble/arm64/registers-el1.ts';
import { ICC_IGRPEN1_EL1, ICC_PMR_EL1 } from '@thimble/arm64/registers-gic.ts';
import { isb } from '@thimble/arm64/instructions.ts';

const DISTRIBUTOR = 0x0800_0000n;
const SGI_FRAME = 0x080b_0000n;
const CTLR = 0x000n;
const IGROUPR = 0x080n;
const ISENABLER = 0x100n;
/** Both groups. */
const CTLR_ENABLE = 0x3;
const ALL = 0xffff_ffff;
const LOWEST_PRIORITY = 0xf8n;

/** SGI 0 and the virtual timer. */
export const INTERRUPTS = 0x0800_0001;

export function open(): void {
  VBAR_EL1.write(linkerSymbol('interrupts_vectors'));
  mmio.write32(DISTRIBUTOR + CTLR, CTLR_ENABLE);
  mmio.write32(SGI_FRAME + IGROUPR, ALL);
  mmio.write32(SGI_FRAME + ISENABLER, INTERRUPTS);
  ICC_PMR_EL1.write(LOWEST_PRIORITY);
  ICC_IGRPEN1_EL1.write(1n);
  isb();
  asm`msr daifclr, #2`;
}

/** Only the IRQ vector of the current exception level is ever used; anything else stops in a loop that a test notices. */
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
    msr   cntv_ctl_el0, xzr
    mrs   x20, icc_iar1_el1
    msr   icc_eoir1_el1, x20
    add   x21, x21, #1
    eret
    .balign 128
    b     .`,
  { align: 2048 },
);
