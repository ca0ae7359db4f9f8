/**
 * The board's interrupt controller, a GICv3: one distributor, a redistributor and a set of system registers a
 * processor. All physical interrupts are group 1 of one priority, and ending one takes two steps (EOImode 1): the
 * priority drops at once, and the interrupt is deactivated here, or, for a guest's timer, by the guest through its list register.
 * [IHI0069 4.6 "Interrupt grouping", 12.9 "The GIC Distributor register descriptions"]
 */
import {
  ICC_BPR1_EL1, ICC_CTLR_EL1, ICC_DIR_EL1, ICC_EOIR1_EL1, ICC_IAR1_EL1, ICC_IGRPEN1_EL1, ICC_PMR_EL1, ICC_SGI1R_EL1, ICC_SRE_EL1, ICC_SRE_EL2,
} from '@thimble/arm64/registers-gic.ts';
import { dsbIshst, isb } from '@thimble/arm64/instructions.ts';
import { pa, paAdd } from './address.ts';
import type { Cpu } from './cpu.ts';
import { PAGE_BYTES } from './layout.ts';
import * as mapping from './mapping.ts';

/** Distributor registers, and those of a redistributor's second frame at the same offsets. */
const CTLR = 0x0000n;
const IGROUPR = 0x0080n;
const ISENABLER = 0x0100n;
const ICENABLER = 0x0180n;
const ICACTIVER = 0x0380n;
const ISACTIVER = 0x0300n;
const IPRIORITYR = 0x0400n;
const IROUTER = 0x6000n;
/** Redistributor, first frame. */
const TYPER = 0x0008n;
const WAKER = 0x0014n;
/** The second frame, which is mapped right behind the first page of the first. */
const SGI_FRAME = PAGE_BYTES;

const RedistributorType = bits({ name: 'GICR_TYPER', fields: { VLPIS: 1, LAST: 4, AFFINITY: [63, 32] } });
/** A redistributor has two frames; four with virtual LPIs. */
const FRAME_BYTES = 0x1_0000n;

/** GICD_CTLR: EnableGrp1 and affinity routing, with one or two security states. */
const CTLR_ENABLE = 0x12;
/** GICD_CTLR.RWP. */
const CTLR_WRITE_PENDING = 0x8000_0000;
const ALL = 0xffff_ffff;
const WAKER_SLEEP = 0x2;
const WAKER_ASLEEP = 0x4;
/** The one priority of all physical interrupts. */
const PRIORITY = 0xa0;
const PRIORITY_WORD = 0xa0a0_a0a0;

/** Interrupts that are the hypervisor's own, by the PPI numbers that the Base System Architecture gives them. */
export const INTID_KICK = 0;
export const INTID_MAINTENANCE = 25;
export const INTID_HYPERVISOR_TIMER = 26;
export const INTID_VIRTUAL_TIMER = 27;
export const INTID_PHYSICAL_TIMER = 30;
/** 1020 and above: no interrupt to take. */
export const INTID_SPECIAL = 1020;

let distributor: u64 = 0n;

/** Turns the distributor on; `base` is mapped. */
export function startDistributor(base: u64): void {
  distributor = base;
  // Affinity routing may change only while the groups are off, which takes effect with a delay.
  mmio.write32(base + CTLR, 0);
  while ((mmio.read32(base + CTLR) & CTLR_WRITE_PENDING) !== 0) {
    // The distributor finishes within its own clock cycles.
  }
  mmio.write32(base + CTLR, CTLR_ENABLE);
}

/**
 * Finds `cpu`'s redistributor in the region [base, base + bytes) and maps the two pages of it that are used, one
 * after the other. False if the board has none for it.
 */
export function findRedistributor(cpu: Cpu, base: u64, bytes: u64): boolean {
  // TYPER holds Aff3..Aff0 in 32 bits; MPIDR_EL1 has Aff3 8 bits further up.
  const affinity = (cpu.affinity & 0xff_ffffn) | ((cpu.affinity >> 8n) & 0xff00_0000n);
  let offset: u64 = 0n;
  while (offset < bytes) {
    const frame = pa(base + offset);
    const type = mmio.read64(mapping.deviceProbe(frame) + TYPER);
    if (RedistributorType.get(type, 'AFFINITY') === affinity) {
      cpu.redistributor = mapping.device(frame, PAGE_BYTES);
      return mapping.device(paAdd(frame, FRAME_BYTES), PAGE_BYTES) !== 0n;
    }
    if (RedistributorType.get(type, 'LAST') === 1n) {
      return false;
    }
    offset += RedistributorType.get(type, 'VLPIS') === 1n ? FRAME_BYTES * 4n : FRAME_BYTES * 2n;
  }
  return false;
}

/** Wakes this processor's redistributor, enables the interrupts that the hypervisor takes, and opens the CPU interface. */
export function startCpu(cpu: Cpu): void {
  const frame = cpu.redistributor;
  mmio.write32(frame + WAKER, mmio.read32(frame + WAKER) & ~WAKER_SLEEP);
  while ((mmio.read32(frame + WAKER) & WAKER_ASLEEP) !== 0) {
    // The redistributor wakes within its own clock cycles; it depends on nothing else.
  }
  const sgis = frame + SGI_FRAME;
  // Whatever firmware left enabled or active is neither.
  mmio.write32(sgis + ICENABLER, ALL);
  mmio.write32(sgis + ICACTIVER, ALL);
  mmio.write32(sgis + IGROUPR, ALL);
  for (let at: u64 = 0n; at < 32n; at += 4n) {
    mmio.write32(sgis + IPRIORITYR + at, PRIORITY_WORD);
  }
  mmio.write32(sgis + ISENABLER, OWN_INTERRUPTS);

  // ENABLE = 0: a guest that cleared ICC_SRE_EL1.SRE would take the interface away from the next one, so it traps.
  ICC_SRE_EL2.write(ICC_SRE_EL2.of({ SRE: 1n, DFB: 1n, DIB: 1n }));
  // The other registers exist as system registers only once SRE is set.
  isb();
  ICC_SRE_EL1.write(ICC_SRE_EL1.of({ SRE: 1n, DFB: 1n, DIB: 1n }));
  isb();
  ICC_PMR_EL1.write(0xf0n);
  ICC_BPR1_EL1.write(0n);
  ICC_CTLR_EL1.write(ICC_CTLR_EL1.of({ EOIMODE: 1n }));
  ICC_IGRPEN1_EL1.write(1n);
}
/** INTIDs 0, 25, 26, 27 and 30. */
const OWN_INTERRUPTS = 0x4e00_0001;

/** Routes SPI `intid` to `cpu` and enables it. */
export function enableSpi(intid: u32, cpu: Cpu): void {
  const word = (u64(intid) >> 5n) * 4n;
  const one: u32 = 1;
  const bit = one << (intid & 31);
  mmio.write32(distributor + IGROUPR + word, mmio.read32(distributor + IGROUPR + word) | bit);
  mmio.write8(distributor + IPRIORITYR + u64(intid), PRIORITY);
  mmio.write64(distributor + IROUTER + u64(intid) * 8n, cpu.affinity);
  mmio.write32(distributor + ISENABLER + word, bit);
}

/** Has `intid`, a PPI of `cpu` or an SPI, never interrupt again. LPIs, 8192 and above, cannot come: they are off. */
export function disable(cpu: Cpu, intid: u32): void {
  const one: u32 = 1;
  const registers = intid < 32 ? cpu.redistributor + SGI_FRAME : distributor;
  mmio.write32(registers + ICENABLER + (u64(intid) >> 5n) * 4n, one << (intid & 31));
}

/** Takes the most urgent pending interrupt: active from here on. INTID_SPECIAL or above if there is none. */
export function acknowledge(): u32 {
  return u32.wrap(ICC_IAR1_EL1.read());
}

/** Lets the next interrupt of the same priority in; `intid` stays active. */
export function dropPriority(intid: u32): void {
  ICC_EOIR1_EL1.write(u64(intid));
}

/** Ends `intid`: it may be taken again. */
export function deactivate(intid: u32): void {
  ICC_DIR_EL1.write(u64(intid));
}

/** Interrupts `cpu` with the hypervisor's SGI. */
export function kick(cpu: Cpu): void {
  const aff = cpu.affinity;
  const one: u64 = 1n;
  const value = ICC_SGI1R_EL1.of({ INTID: 0n }) | ((aff & 0xff_0000n) << 16n) | ((aff & 0xff00n) << 8n) | ((aff & 0xff_0000_0000n) << 16n);
  // What the kick is about is visible before the kick itself.
  dsbIshst();
  ICC_SGI1R_EL1.write(value | (one << (aff & 0xfn)) | (((aff & 0xf0n) >> 4n) << 44n));
  isb();
}

/** Forgets the active state of this processor's PPIs in `mask`: their guest is leaving it. */
export function clearActive(cpu: Cpu, mask: u32): void {
  mmio.write32(cpu.redistributor + SGI_FRAME + ICACTIVER, mask);
}

/** Restores the active state of PPIs whose guest is in their handler. */
export function setActive(cpu: Cpu, mask: u32): void {
  mmio.write32(cpu.redistributor + SGI_FRAME + ISACTIVER, mask);
}
