/** The virtual handset's GICv3 for programs that keep interrupts masked and wait for them: WFI ends when one pends. */
import { ICC_EOIR1_EL1, ICC_IAR1_EL1, ICC_IGRPEN1_EL1, ICC_PMR_EL1 } from '@thimble/arm64/registers-gic.ts';
import { isb, wfi } from '@thimble/arm64/instructions.ts';

const DISTRIBUTOR = 0x0800_0000n;
const IGROUPR = 0x080n;
const ISENABLER = 0x100n;
/** Both groups. */
const ENABLE = 3;
const LOWEST_PRIORITY = 0xf8n;

/** Opens the interface, before anything else of this. */
export function open(): void {
  mmio.write32(DISTRIBUTOR, ENABLE);
  ICC_PMR_EL1.write(LOWEST_PRIORITY);
  ICC_IGRPEN1_EL1.write(1n);
  isb();
}

/** Enables an SPI, in group 1. `intid`: 32 to 95. */
export function enable(intid: u32): void {
  const word = u64(intid / 32 * 4);
  const one: u32 = 1;
  const bit = one << (intid & 31);
  mmio.write32(DISTRIBUTOR + IGROUPR + word, mmio.read32(DISTRIBUTOR + IGROUPR + word) | bit);
  mmio.write32(DISTRIBUTOR + ISENABLER + word, bit);
}

/** Waits for an interrupt, and acknowledges it: its INTID, or 1020 and above for none. */
export function wait(): u32 {
  wfi();
  return u32(ICC_IAR1_EL1.read());
}

/** Ends `intid`, which was acknowledged. A level comes again until its reason is gone. */
export function end(intid: u32): void {
  ICC_EOIR1_EL1.write(u64(intid));
}
