/**
 * A GICv2 that virtualizes (GIC-400 and its like): everything is in memory, and each processor sees its own SGIs, PPIs and interfaces at the
 * same addresses. Groups are left as firmware set them: seen from the non-secure state all interrupts are of the one group that there is.
 * [IHI0048 "Interrupt grouping", "CPU interface register descriptions"]
 */
import {
  GICC_CTLR, GICC_CTLR_ENABLE_EOIMODE, GICC_DIR, GICC_EOIR, GICC_IAR, GICC_PMR, GICD_CTLR_V2_ENABLE, GICD_ITARGETSR, GICD_SGIR,
} from '@thimble/arm64/gic-frames.ts';
import { pa } from './address.ts';
import * as board from './board.ts';
import type { Cpu } from './cpu.ts';
import * as distributor from './gic-distributor.ts';
import * as listRegistersV2 from './list-registers-v2.ts';
import { PAGE_BYTES } from './layout.ts';
import * as mapping from './mapping.ts';
import { registerAt } from './mapping.ts';

const INTERFACE_BYTES = PAGE_BYTES * 2n;
const INTID_MASK = 0x3ff;
const SPECIAL = 1020;
const TARGETS_SHIFT = 16;
const LOWEST_PRIORITY = 0xf0;

/** Mapped. */
let cpuInterface: u64 = 0n;

/**
 * Starts the distributor and maps the interfaces. The CPU interface has two pages, though some trees tell of the first only. Without
 * interfaces for guests, these get one in software.
 */
export function start(): void {
  distributor.start(GICD_CTLR_V2_ENABLE);
  cpuInterface = mapping.device(pa(board.cpuInterface().base), INTERFACE_BYTES);
  if (board.guestInterface().bytes !== 0n) {
    listRegistersV2.use(mapping.device(pa(board.hypervisorInterface().base), PAGE_BYTES));
  }
}

export function startCpu(cpu: Cpu): void {
  cpu.privateInterrupts = distributor.base;
  // For SGIs this register is fixed: a bit for the processor that reads it.
  cpu.targetBit = u32(mmio.read8(registerAt(distributor.base, GICD_ITARGETSR)));
  distributor.startCpu(cpu);
  lookAgain();
  mmio.write32(registerAt(cpuInterface, GICC_CTLR), GICC_CTLR_ENABLE_EOIMODE);
}

/**
 * Lets all priorities through, as they are from the start. QEMU 7.2 looks after this, but not when a guest's end of an interrupt
 * deactivates the board's, whether that line is high again [QEMU, hw/intc/arm_gic.c "gic_complete_irq"]: a timer that has fired
 * meanwhile would not end this processor's sleep.
 */
export function lookAgain(): void {
  mmio.write32(registerAt(cpuInterface, GICC_PMR), LOWEST_PRIORITY);
}

export function route(intid: u32, cpu: Cpu): void {
  mmio.write8(registerAt(distributor.base, GICD_ITARGETSR + intid), u8.wrap(cpu.targetBit));
}

/** Takes an interrupt and drops its priority. An SGI is ended at once: later nobody would know which processor sent it. */
export function take(): u32 {
  const registers = cpuInterface;
  const acknowledged = mmio.read32(registerAt(registers, GICC_IAR));
  const intid = acknowledged & INTID_MASK;
  if (intid < SPECIAL) {
    mmio.write32(registerAt(registers, GICC_EOIR), acknowledged);
    if (intid < 16) {
      mmio.write32(registerAt(registers, GICC_DIR), acknowledged);
    }
  }
  return intid;
}

export function deactivate(intid: u32): void {
  if (intid >= 16) {
    mmio.write32(registerAt(cpuInterface, GICC_DIR), intid);
  }
}

export function kick(cpu: Cpu): void {
  mmio.write32(registerAt(distributor.base, GICD_SGIR), cpu.targetBit << TARGETS_SHIFT);
}
