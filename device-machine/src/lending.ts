/**
 * What other machines are lent: windows to each other, which are pieces of our RAM, with the doorbells at their ends, and devices of the board. Whoever wrote the
 * settings (tool/src/devices/lending.ts) has chosen all addresses. Lending the same again changes nothing, so a crash of ours is of no matter.
 *
 *     0x4000_2000  64 of 16 bytes: kind, 0 for none, and machine, 2 bytes each; three words that depend on the kind
 */
import { GRANTED_PAGES_BYTES, GRANTS_IPA, PEER, SLOT_BYTES } from '@thimble/abi/slot-layout.ts';
import * as hypervisor from './hypervisor.ts';
import * as log from './log.ts';
import * as machine from './machine.ts';

const RECORDS = 0x4000_2000n;
const RECORDS_MAX: u64 = 64n;
const RECORD_BYTES = 16n;

/** So many pages, or blocks of 2 MiB, at an address of the machine's: from one of ours on. */
const KIND_GRANT = 1;
/** What a slot of the machine's rings. */
const KIND_DOORBELL = 2;
/** An interrupt of the board's, as an SPI of the machine's. */
const KIND_INTERRUPT = 3;

const PAGE_BYTES = 0x1000n;
const BLOCK_BYTES = 0x20_0000n;

/** Lends machine `index` all that it is to have; it does not run yet, or has it already. */
export function lend(index: u32): void {
  for (let record: u64 = 0n; record < RECORDS_MAX; record += 1n) {
    const at = RECORDS + record * RECORD_BYTES;
    if (u32(memory.load16(at + 2n)) === index) {
      carryOut(u32(memory.load16(at)), index, memory.load32(at + 4n), memory.load32(at + 8n), memory.load32(at + 12n));
    }
  }
}

function carryOut(kind: u32, index: u32, first: u32, second: u32, third: u32): void {
  switch (kind) {
    case KIND_GRANT:
      if (!grant(index, u64(first), u64(second), u64(third))) {
        machine.logAbout(index);
        log.text('it cannot be lent');
        log.field('what is at', u64(second));
        log.end();
      }
      break;
    case KIND_DOORBELL:
      mmio.write32(machine.pageOf(index) + u64(first * SLOT_BYTES + PEER), second);
      break;
    case KIND_INTERRUPT:
      hypervisor.passInterrupt(first, index, second);
      break;
    default:
      break;
  }
}

function grant(index: u32, at: u64, from: u64, count: u64): boolean {
  const step: u64 = at < GRANTS_IPA + GRANTED_PAGES_BYTES ? PAGE_BYTES : BLOCK_BYTES;
  for (let i: u64 = 0n; i < count; i += 1n) {
    if (!hypervisor.grant(index, at + i * step, from + i * step)) {
      return false;
    }
  }
  return true;
}
