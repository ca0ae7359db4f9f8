/**
 * A GICv3: a redistributor and a set of system registers a processor. All physical interrupts are group 1.
 * [IHI0069 4.6 "Interrupt grouping", 12.9 "The GIC Distributor register descriptions", 12.11 "The GIC Redistributor register descriptions"]
 */
import {
  GICD_CTLR_V3_ENABLE, GICD_IGROUPR, GICD_IROUTER, GICR_CTLR, GICR_TYPER, GICR_WAKER, GICR_WAKER_CHILDREN_ASLEEP,
  GICR_WAKER_PROCESSOR_SLEEP, RedistributorType,
} from '@thimble/arm64/gic-frames.ts';
import {
  ICC_AP1R0_EL1, ICC_CTLR_EL1, ICC_IGRPEN1_EL1, ICC_PMR_EL1, ICC_SGI1R_EL1, ICC_SRE_EL1, ICC_SRE_EL2,
} from '@thimble/arm64/registers-gic.ts';
import { isb } from '@thimble/arm64/instructions.ts';
import { pa, paAdd } from './address.ts';
import * as board from './board.ts';
import * as cpus from './cpu.ts';
import type { Cpu } from './cpu.ts';
import * as distributor from './gic-distributor.ts';
import { bitOf } from './irq-bank.ts';
import { PAGE_BYTES } from './layout.ts';
import * as mapping from './mapping.ts';
import { registerAt } from './mapping.ts';

/** A redistributor has two frames; four with virtual LPIs. */
const FRAME_BYTES = 0x1_0000n;
const ALL = 0xffff_ffff;

/** Starts the distributor and finds the redistributors. False if one is missing. */
export function start(): boolean {
  distributor.start(GICD_CTLR_V3_ENABLE);
  for (let i: u32 = 0; i < cpus.count; i += 1) {
    if (!findRedistributor(cpus.at(i))) {
      return false;
    }
  }
  return true;
}

/** Finds `cpu`'s redistributor and maps the two pages of it that are used, one after the other. */
function findRedistributor(cpu: Cpu): boolean {
  // TYPER holds Aff3..Aff0 in 32 bits; MPIDR_EL1 has Aff3 8 bits further up.
  const affinity = (cpu.affinity & 0xff_ffffn) | ((cpu.affinity >> 8n) & 0xff00_0000n);
  let offset: u64 = 0n;
  while (offset < board.redistributors().bytes) {
    const frame = pa(wrappingAdd(board.redistributors().base, offset));
    const type = mmio.read64(registerAt(mapping.deviceProbe(frame), GICR_TYPER));
    if (RedistributorType.get(type, 'AFFINITY') === affinity) {
      mapping.device(frame, PAGE_BYTES);
      cpu.privateInterrupts = mapping.device(paAdd(frame, FRAME_BYTES), PAGE_BYTES);
      return true;
    }
    if (RedistributorType.get(type, 'LAST') === 1n) {
      return false;
    }
    offset = wrappingAdd(offset, RedistributorType.get(type, 'VLPIS') === 1n ? FRAME_BYTES * 4n : FRAME_BYTES * 2n);
  }
  return false;
}

/** Wakes this processor's redistributor and opens its CPU interface. */
export function startCpu(cpu: Cpu): void {
  const privates = cpu.privateInterrupts;
  const frame = wrappingSub(privates, PAGE_BYTES);
  mmio.write32(registerAt(frame, GICR_WAKER), mmio.read32(registerAt(frame, GICR_WAKER)) & ~GICR_WAKER_PROCESSOR_SLEEP);
  while ((mmio.read32(registerAt(frame, GICR_WAKER)) & GICR_WAKER_CHILDREN_ASLEEP) !== 0) {
    // The redistributor wakes within its own clock cycles; it depends on nothing else.
  }
  // No LPIs, whatever firmware wanted with them.
  mmio.write32(registerAt(frame, GICR_CTLR), 0);
  mmio.write32(registerAt(privates, GICD_IGROUPR), ALL);
  distributor.startCpu(cpu);

  // ENABLE = 0: a guest that cleared ICC_SRE_EL1.SRE would take the interface away from the next one, so it traps.
  ICC_SRE_EL2.write(ICC_SRE_EL2.of({ SRE: 1n, DFB: 1n, DIB: 1n }));
  // The other registers exist as system registers only once SRE is set.
  isb();
  ICC_SRE_EL1.write(ICC_SRE_EL1.of({ SRE: 1n, DFB: 1n, DIB: 1n }));
  ICC_PMR_EL1.write(0xf0n);
  // An interrupt that firmware took and never ended would keep all others of its priority out.
  ICC_AP1R0_EL1.write(0n);
  ICC_CTLR_EL1.write(ICC_CTLR_EL1.of({ EOIMODE: 1n }));
  ICC_IGRPEN1_EL1.write(1n);
}

/** Routes SPI `intid` to `cpu`. */
export function route(intid: u32, cpu: Cpu): void {
  const groups = registerAt(distributor.wordOf(distributor.base, intid), GICD_IGROUPR);
  mmio.write32(groups, mmio.read32(groups) | bitOf(intid));
  mmio.write64(registerAt(distributor.base, GICD_IROUTER + intid * 8), cpu.affinity);
}

/** Sends the hypervisor's SGI to `cpu`. */
export function kick(cpu: Cpu): void {
  const aff = cpu.affinity;
  const one: u64 = 1n;
  const value = ICC_SGI1R_EL1.of({ INTID: 0n }) | ((aff & 0xff_0000n) << 16n) | ((aff & 0xff00n) << 8n) | ((aff & 0xff_0000_0000n) << 16n);
  ICC_SGI1R_EL1.write(value | (one << (aff & 0xfn)) | (((aff & 0xf0n) >> 4n) << 44n));
  isb();
}
