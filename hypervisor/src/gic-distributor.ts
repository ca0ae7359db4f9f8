/**
 * The physical distributor's registers that a GICv2 and a GICv3 share, and those of the same layout for a processor's SGIs and PPIs:
 * `cpu.privateInterrupts` is the second frame of its redistributor, or a GICv2's distributor, which shows each processor its own.
 */
import {
  GICD_CTLR, GICD_CTLR_RWP, GICD_ICACTIVER, GICD_ICENABLER, GICD_IPRIORITYR, GICD_ISACTIVER, GICD_ISENABLER,
} from '@thimble/arm64/gic-frames.ts';
import { pa } from './address.ts';
import * as board from './board.ts';
import type { Cpu } from './cpu.ts';
import { INTID_KICK } from './gic.ts';
import { bitOf } from './irq-bank.ts';
import * as mapping from './mapping.ts';
import { registerAt } from './mapping.ts';

/** Mapped. */
export let base: u64 = 0n;

/** A GICv3's; a GICv2 has less. */
const FRAME_BYTES = 0x1_0000n;
const ALL = 0xffff_ffff;
/** The one priority of all physical interrupts. */
const PRIORITY = 0xa0;
const PRIORITY_WORD = 0xa0a0_a0a0;

/** Maps the distributor, which the board has, and turns it on with `enable`. @inline */
export function start(enable: u32): void {
  const registers = mapping.device(pa(board.distributor().base), FRAME_BYTES);
  base = registers;
  // Affinity routing may change only while the groups are off, which takes effect with a delay. (A GICv2 has no RWP: the bit reads as zero.)
  mmio.write32(registerAt(registers, GICD_CTLR), 0);
  while ((mmio.read32(registerAt(registers, GICD_CTLR)) & GICD_CTLR_RWP) !== 0) {
    // The distributor finishes within its own clock cycles.
  }
  mmio.write32(registerAt(registers, GICD_CTLR), enable);
}

/** Of `cpu`'s SGIs and PPIs, what the hypervisor takes is enabled and nothing else; whatever firmware left active is not. */
export function startCpu(cpu: Cpu): void {
  const registers = cpu.privateInterrupts;
  mmio.write32(registerAt(registers, GICD_ICENABLER), ALL);
  clearActive(cpu);
  for (let at: u32 = 0; at < 32; at += 4) {
    mmio.write32(registerAt(registers, GICD_IPRIORITYR + at), PRIORITY_WORD);
  }
  mmio.write32(registerAt(registers, GICD_ISENABLER), bitOf(INTID_KICK));
  for (const intid of board.privates) {
    mmio.write32(registerAt(registers, GICD_ISENABLER), bitOf(intid));
  }
}

/** Enables SPI `intid`, which has a route. */
export function enableSpi(intid: u32): void {
  mmio.write8(registerAt(base, GICD_IPRIORITYR + intid), PRIORITY);
  mmio.write32(registerAt(wordOf(base, intid), GICD_ISENABLER), bitOf(intid));
}

/** Disables `intid`, an SPI or a PPI of `cpu`, which this processor is. */
export function disable(cpu: Cpu, intid: u32): void {
  mmio.write32(registerAt(wordOf(intid < 32 ? cpu.privateInterrupts : base, intid), GICD_ICENABLER), bitOf(intid));
}

/** Where in `registers` the word of `intid` is among the registers that have a bit an interrupt. */
export function wordOf(registers: u64, intid: u32): u64 {
  return registerAt(registers, (intid >> 5) * 4);
}

export function clearActive(cpu: Cpu): void {
  mmio.write32(registerAt(cpu.privateInterrupts, GICD_ICACTIVER), ALL);
}

export function setActive(cpu: Cpu, intid: u32): void {
  mmio.write32(registerAt(cpu.privateInterrupts, GICD_ISACTIVER), bitOf(intid));
}
