/**
 * The GIC's registers in memory, by their frames' names and offsets: GICD distributor, GICR redistributor (GICv3 only), and for GICv2
 * GICC CPU interface and GICH hypervisor interface. What guests see at GICV is laid out as GICC.
 * [IHI0069 "The GIC Distributor register map", "The GIC Redistributor register map"]
 * [IHI0048 "Distributor register descriptions", "CPU interface register descriptions", "GIC virtual interface control registers"]
 */
export const GICD_CTLR = 0x000;
export const GICD_TYPER = 0x004;
export const GICD_IIDR = 0x008;
/** From here on a bit an interrupt, for SGIs and PPIs in the second frame of a redistributor too. */
export const GICD_IGROUPR = 0x080;
export const GICD_ISENABLER = 0x100;
export const GICD_ICENABLER = 0x180;
export const GICD_ISPENDR = 0x200;
export const GICD_ICPENDR = 0x280;
export const GICD_ISACTIVER = 0x300;
export const GICD_ICACTIVER = 0x380;
/** A byte an interrupt. */
export const GICD_IPRIORITYR = 0x400;
/** GICv2: a byte an interrupt, a bit a CPU interface. */
export const GICD_ITARGETSR = 0x800;
/** Two bits an interrupt. */
export const GICD_ICFGR = 0xc00;
/** GICv2: sends an SGI; and a byte an SGI, a bit a source. */
export const GICD_SGIR = 0xf00;
export const GICD_CPENDSGIR = 0xf10;
export const GICD_SPENDSGIR = 0xf20;
/** GICv2's identification. */
export const GICD_ICPIDR2 = 0xfe8;
/** GICv3: a doubleword an interrupt. */
export const GICD_IROUTER = 0x6000;
/** GICv3's identification, in redistributors too. */
export const GICD_PIDR2 = 0xffe8;

/** GICD_CTLR: GICv3's group 1 of the caller's security state with affinity routing, and GICv2's group of the caller. */
export const GICD_CTLR_V3_ENABLE = 0x12;
export const GICD_CTLR_V2_ENABLE = 0x1;
export const GICD_CTLR_RWP = 0x8000_0000;

export const GICR_CTLR = 0x00;
export const GICR_IIDR = 0x04;
export const GICR_TYPER = 0x08;
export const GICR_WAKER = 0x14;
export const GICR_WAKER_PROCESSOR_SLEEP = 0x2;
export const GICR_WAKER_CHILDREN_ASLEEP = 0x4;
export const RedistributorType = bits({ name: 'GICR_TYPER', fields: { VLPIS: 1, LAST: 4, PROCESSOR_NUMBER: [23, 8], AFFINITY: [63, 32] } });

/** GICD_SGIR. */
export const SgiRegister = bits({ name: 'GICD_SGIR', fields: { SGIINTID: [3, 0], CPUTARGETLIST: [23, 16], TARGETLISTFILTER: [25, 24] } });

export const GICC_CTLR = 0x00;
export const GICC_PMR = 0x04;
export const GICC_BPR = 0x08;
export const GICC_IAR = 0x0c;
export const GICC_EOIR = 0x10;
export const GICC_RPR = 0x14;
export const GICC_HPPIR = 0x18;
/** Aliases, for group 1. */
export const GICC_ABPR = 0x1c;
export const GICC_AIAR = 0x20;
export const GICC_AEOIR = 0x24;
export const GICC_AHPPIR = 0x28;
export const GICC_APR = 0xd0;
export const GICC_IIDR = 0xfc;
export const GICC_DIR = 0x1000;
/** EnableGrp1, as the non-secure state sees it (EnableGrp0 where there is but one), and EOImodeNS: GICC_EOIR only drops the priority. */
export const GICC_CTLR_ENABLE_EOIMODE = 0x201;

/** GICC_CTLR as the secure state sees it, and GICV_CTLR: GROUPS enables group 0 and group 1. */
export const InterfaceControl = bits({ name: 'GICC_CTLR', fields: { GROUPS: [1, 0], ACKCTL: 2, FIQEN: 3, CBPR: 4, EOIMODE: 9 } });

export const GICH_HCR = 0x000;
export const GICH_VTR = 0x004;
export const GICH_VMCR = 0x008;
export const GICH_APR = 0x0f0;
export const GICH_LR = 0x100;
/** What ICH_LR<n>_EL2 says, in 32 bits. PHYSICALID of a software interrupt is EOI in its highest bit and an SGI's source in its lowest three. */
export const GichListRegister = bits({
  name: 'GICH_LR<n>',
  fields: { VIRTUALID: [9, 0], PHYSICALID: [19, 10], PRIORITY: [27, 23], STATE: [29, 28], GROUP_HW: [31, 30] },
});
