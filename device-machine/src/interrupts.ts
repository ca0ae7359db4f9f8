/**
 * The virtual handset's interrupt controller, of either kind. Interrupts stay masked: the processor sleeps until one pends, and the main loop
 * asks which. All have one priority; SPIs are edges.
 * [IHI0069 12.9 "The GIC Distributor register descriptions"] [IHI0048 "CPU interface register descriptions"]
 */
import { ICC_EOIR1_EL1, ICC_IAR1_EL1, ICC_IGRPEN1_EL1, ICC_PMR_EL1 } from '@thimble/arm64/registers-gic.ts';
import { ID_AA64PFR0_EL1 } from '@thimble/arm64/registers-id.ts';
import { isb } from '@thimble/arm64/instructions.ts';

const DISTRIBUTOR: u64 = 0x0800_0000n;
const CTLR = 0x000n;
const CTLR_ENABLE = 3;
const IGROUPR = 0x080n;
const ISENABLER = 0x100n;
const ITARGETSR = 0x800n;
const ICFGR = 0xc00n;

const EDGE: u32 = 2;
const CPU_INTERFACE = 0x0801_0000n;
const GICC_CTLR = 0x00n;
const GICC_PMR = 0x04n;
const GICC_IAR = 0x0cn;
const GICC_EOIR = 0x10n;

const LOWEST_PRIORITY = 0xf8n;
/** And above: none pends. */
export const NONE = 1020;

let isGicv3: boolean = false;

export function open(): void {
  isGicv3 = ID_AA64PFR0_EL1.get(ID_AA64PFR0_EL1.read(), 'GIC') !== 0n;
  mmio.write32(DISTRIBUTOR + CTLR, CTLR_ENABLE);
  if (isGicv3) {
    ICC_PMR_EL1.write(LOWEST_PRIORITY);
    ICC_IGRPEN1_EL1.write(1n);
    isb();
  } else {
    mmio.write32(CPU_INTERFACE + GICC_PMR, u32(LOWEST_PRIORITY));
    mmio.write32(CPU_INTERFACE + GICC_CTLR, CTLR_ENABLE);
  }
}

/** Where a GICv3 has the registers of SGIs and PPIs. */
const REDISTRIBUTOR: u64 = 0x080b_0000n;

/** Enables `intid`, an SPI or PPI. A GICv3 routes SPIs to the only processor by itself. */
export function enable(intid: u32): void {
  const registers = isGicv3 && intid < 32 ? REDISTRIBUTOR : DISTRIBUTOR;
  const word = u64(intid >> 5) * 4n;
  const one: u32 = 1;
  const bit = one << (intid & 31);
  if (isGicv3) {
    // There group 1 is taken; what a GICv2's GICC_IAR gives is group 0, as all are at first.
    mmio.write32(registers + IGROUPR + word, mmio.read32(registers + IGROUPR + word) | bit);
  }
  if (intid >= 32) {
    const configuration = DISTRIBUTOR + ICFGR + u64(intid >> 4) * 4n;
    mmio.write32(configuration, mmio.read32(configuration) | (EDGE << ((intid & 15) * 2)));
    if (!isGicv3) {
      mmio.write8(DISTRIBUTOR + ITARGETSR + u64(intid), 1);
    }
  }
  mmio.write32(registers + ISENABLER + word, bit);
}

/** Takes and ends the next interrupt; NONE or above if there is none. */
export function take(): u32 {
  if (isGicv3) {
    const taken = ICC_IAR1_EL1.read();
    if (taken < u64(NONE)) {
      ICC_EOIR1_EL1.write(taken);
    }
    return u32(taken);
  }
  const taken = mmio.read32(CPU_INTERFACE + GICC_IAR);
  if ((taken & 0x3ff) < NONE) {
    mmio.write32(CPU_INTERFACE + GICC_EOIR, taken);
  }
  return taken & 0x3ff;
}
