/**
 * The interrupt controllers of the Raspberry Pi 2 and 3: one beside each processor, for its timers and mailboxes, and one for everything
 * else, which interrupts one of the processors. They know neither priorities nor active interrupts. For a private interrupt, masking it
 * stands for being active; any other stays pending until whoever handles it has quieted its device. Of those only the UART's is enabled.
 * INTIDs here are ours: 16 + n for source n of a processor; for the rest what `board.uartInterrupt` says. A kick is mailbox 0.
 * [Linux, drivers/irqchip/irq-bcm2836.c, drivers/irqchip/irq-bcm2835.c]
 */
import {
  ARMCTRL_DISABLE, ARMCTRL_ENABLE, LOCAL_GPU_ROUTING, LOCAL_IRQ_PENDING, LOCAL_MAILBOX_CLEAR, LOCAL_MAILBOX_CONTROL,
  LOCAL_MAILBOX_SET, LOCAL_TIMER_CONTROL, LocalInterrupt,
} from '@thimble/arm64/bcm2836-frames.ts';
import { pa } from './address.ts';
import * as board from './board.ts';
import { Private } from './board.ts';
import * as cpus from './cpu.ts';
import type { Cpu } from './cpu.ts';
import { INTID_KICK, INTID_SPECIAL } from './gic.ts';
import { bitOf } from './irq-bank.ts';
import * as mapping from './mapping.ts';
import { registerAt } from './mapping.ts';

const SOURCE_FIRST = 16;
const LOCAL_BYTES = 0x100n;
const ARMCTRL_BYTES = 0x40n;
const ALL = 0xffff_ffff;
/** Of `board.uartInterrupt`: those of the first bank that it can be in. */
const BANKS_FIRST = 64;
const TIMERS = LocalInterrupt.of({ CNTPNS: 1n, CNTHP: 1n, CNTV: 1n });

/** Mapped. */
let local: u64 = 0n;
let armctrl: u64 = 0n;

/** Maps the registers, and disables what is not private to a processor. False if the board's tree lacks some. */
export function start(): boolean {
  if (board.localController.bytes === 0n || board.gpuController.bytes === 0n) {
    return false;
  }
  local = mapping.device(pa(board.localController.base), LOCAL_BYTES);
  const shared = mapping.device(pa(board.gpuController.base), ARMCTRL_BYTES);
  armctrl = shared;
  for (let bank: u32 = 0; bank < 3; bank += 1) {
    mmio.write32(registerAt(shared, ARMCTRL_DISABLE + bank * 4), ALL);
  }
  board.privates[u32(Private.PhysicalTimer)] = 17;
  board.privates[u32(Private.HypervisorTimer)] = 18;
  board.privates[u32(Private.VirtualTimer)] = 19;
  return true;
}

/** The number of a processor. */
function numberOf(cpu: Cpu): u32 {
  return u32.wrap(cpu.affinity) & 3;
}

/** Of the registers that are a word a processor. */
function ownAt(cpu: Cpu, first: u32): u64 {
  return registerAt(cpu.privateInterrupts, first);
}

/** Mailbox 0, in the registers that are four words a processor. */
function mailboxAt(cpu: Cpu, first: u32): u64 {
  return registerAt(local, first + numberOf(cpu) * 16);
}

/** This processor, `cpu`, is interrupted by its three timers and by mailbox 0. */
export function startCpu(cpu: Cpu): void {
  cpu.privateInterrupts = registerAt(local, numberOf(cpu) * 4);
  mmio.write32(mailboxAt(cpu, LOCAL_MAILBOX_CLEAR), ALL);
  mmio.write32(ownAt(cpu, LOCAL_MAILBOX_CONTROL), 1);
  clearActive(cpu);
}

/** Takes what interrupts this processor, a timer by masking it. */
export function take(): u32 {
  const cpu = cpus.current();
  const pending = u64(mmio.read32(ownAt(cpu, LOCAL_IRQ_PENDING)));
  if (LocalInterrupt.get(pending, 'MAILBOX0') !== 0n) {
    mmio.write32(mailboxAt(cpu, LOCAL_MAILBOX_CLEAR), ALL);
    return INTID_KICK;
  }
  const timers = pending & TIMERS;
  if (timers !== 0n) {
    const intid = SOURCE_FIRST + countTrailingZeros(timers);
    setActive(cpu, intid);
    return intid;
  }
  // Nothing else is enabled.
  return LocalInterrupt.get(pending, 'GPU') !== 0n ? board.uartInterrupt : INTID_SPECIAL;
}

/** Unmasks a timer; the others were never masked. */
export function deactivate(intid: u32): void {
  if (wrappingSub(intid, SOURCE_FIRST) < 4) {
    const control = ownAt(cpus.current(), LOCAL_TIMER_CONTROL);
    mmio.write32(control, mmio.read32(control) | bitOf(wrappingSub(intid, SOURCE_FIRST)));
  }
}

/** Masks timer `intid`. */
export function setActive(cpu: Cpu, intid: u32): void {
  const control = ownAt(cpu, LOCAL_TIMER_CONTROL);
  mmio.write32(control, mmio.read32(control) & ~bitOf(wrappingSub(intid, SOURCE_FIRST)));
}

export function clearActive(cpu: Cpu): void {
  mmio.write32(ownAt(cpu, LOCAL_TIMER_CONTROL), u32(TIMERS));
}

/** Interrupts `cpu` with mailbox 0. */
export function kick(cpu: Cpu): void {
  mmio.write32(mailboxAt(cpu, LOCAL_MAILBOX_SET), 1);
}

/** Routes everything that is not private to `cpu`, and enables `intid` of it. */
export function enable(intid: u32, cpu: Cpu): void {
  mmio.write32(registerAt(local, LOCAL_GPU_ROUTING), numberOf(cpu));
  writeBank(ARMCTRL_ENABLE, intid);
}

export function disable(intid: u32): void {
  writeBank(ARMCTRL_DISABLE, intid);
}

/** Writes the bit of `intid` to the register of its bank, if it is one of the banks from `first` on. */
function writeBank(first: u32, intid: u32): void {
  const bank = wrappingSub(intid, BANKS_FIRST) >> 5;
  if (bank < 2) {
    mmio.write32(registerAt(armctrl, first + bank * 4), bitOf(intid));
  }
}
