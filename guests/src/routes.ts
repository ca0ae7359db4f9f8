/**
 * An interrupt that is sent to one vCPU and the other by turns: each time it pends once, and has to come where its route leads. Prints
 * `rounds`, and how many came to each, and powers off.
 *
 * The MMU is off, where exclusive accesses need not work: each count has one writer.
 */
import { ICC_IAR1_EL1 } from '@thimble/arm64/registers-gic.ts';
import { CNTFRQ_EL0, CNTVCT_EL0 } from '@thimble/arm64/registers-timer.ts';
import { hvc } from '@thimble/arm64/instructions.ts';
import * as interrupts from './runtime/awaited-interrupts.ts';
import * as firmware from './runtime/firmware.ts';
import { prepare } from './runtime/start.ts';
import * as uart from './runtime/uart.ts';

const ROUNDS: u64 = 100n;
const CPU_ON = 0xc400_0003n;
const STACK_BYTES = 1024n;
/** An SPI that no device has. */
const INTID = 40;
const INTID_BIT = 0x100;
const DISTRIBUTOR = 0x0800_0000n;
const ISPENDR = DISTRIBUTOR + 0x204n;
const ICFGR = DISTRIBUTOR + 0xc08n;
const IROUTER = DISTRIBUTOR + 0x6000n + 8n * 40n;
const EDGE = 0x2_0000;
/** Seconds until it is given up: the other vCPU's processor has its own to do. */
const PATIENCE = 5n;

const stack = fixedArray(u64, 256);
/** Interrupts that came to the second vCPU. */
const came = fixedArray(u64, 1);

function send(vcpu: u64): void {
  mmio.write64(IROUTER, vcpu);
  mmio.write32(ISPENDR, INTID_BIT);
}

function deadline(): u64 {
  return CNTVCT_EL0.read() + PATIENCE * CNTFRQ_EL0.read();
}

/** Whether it comes here. */
function comes(): boolean {
  const end = deadline();
  while (CNTVCT_EL0.read() < end) {
    if (u32(ICC_IAR1_EL1.read()) === INTID) {
      interrupts.end(INTID);
      return true;
    }
  }
  return false;
}

function comesToSecond(count: u64): boolean {
  const end = deadline();
  while (CNTVCT_EL0.read() < end) {
    if (mmio.read64(addressOf(came)) === count) {
      return true;
    }
  }
  return false;
}

export function main(): never {
  interrupts.open();
  mmio.write32(ICFGR, EDGE);
  interrupts.enable(INTID);
  hvc(CPU_ON, 1n, linkerSymbol('routes_secondEntry'), ((addressOf(stack) + 15n) & ~15n) + STACK_BYTES);
  let first: u64 = 0n;
  let second: u64 = 0n;
  // After a loss there is nothing to learn.
  for (let round: u64 = 0n; round < ROUNDS && first === round; round += 1n) {
    send(1n);
    if (comesToSecond(round + 1n)) {
      second += 1n;
      send(0n);
      first += comes() ? 1n : 0n;
    }
  }
  uart.text('rounds: ');
  uart.decimal(ROUNDS);
  uart.text(', to the first: ');
  uart.decimal(first);
  uart.text(', to the second: ');
  uart.decimal(second);
  uart.line('');
  firmware.powerOff();
}

/** The second vCPU. */
export function second(): never {
  interrupts.open();
  let count: u64 = 0n;
  while (true) {
    const intid = interrupts.wait();
    if (intid === INTID) {
      interrupts.end(intid);
      count += 1n;
      mmio.write64(addressOf(came), count);
    }
  }
}

export const secondEntry = naked<() => never>(asm`
    mov   sp, x0
    b     ${second}`);

export const entry = naked<() => never>(
  asm`
    bl    ${prepare}
    b     ${main}`,
  { section: '.text.start' },
);
