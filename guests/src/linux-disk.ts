/**
 * The first process of a Linux machine with a disk, which measures what reading from it takes: all instructions of the board, past the page cache, a
 * request at a time. The same without a hypervisor.
 *
 * A program for EL0 under Linux, linked by linux-process.ld. It runs on CPU 0, and needs CPU 1 for itself.
 */
import * as linux from './runtime/linux-calls.ts';
import * as spinner from './runtime/spinner.ts';

const MIB = 0x10_0000n;
const LARGE_PAGE_BYTES = 0x20_0000n;
const BLOCK_BYTES = 0x1000n;
/** Of the disk, 64 MiB, in blocks: a power of two. */
const BLOCKS = 0x4000n;
const WARM_UP = 20n;
const RANDOM_READS = 400n;
const SEQUENTIAL_READS = 20n;

let file: u64 = 0n;
let buffer: u64 = 0n;
let place: u64 = 1n;

/** Another block each time, near none of the last ones. */
function nextBlock(): u64 {
  place = wrappingAdd(wrappingMul(place, 6_364_136_223_846_793_005n), 1_442_695_040_888_963_407n);
  return (place >> 33n) % BLOCKS;
}

function readRandomly(count: u64): void {
  for (let i: u64 = 0n; i < count; i += 1n) {
    if (linux.readAt(file, buffer, BLOCK_BYTES, nextBlock() * BLOCK_BYTES) !== BLOCK_BYTES) {
      linux.print('a program failed\n');
      linux.powerOff();
    }
  }
}

function readOneAfterTheOther(count: u64): void {
  for (let i: u64 = 0n; i < count; i += 1n) {
    if (linux.readAt(file, buffer, MIB, i * MIB) !== MIB) {
      linux.print('a program failed\n');
      linux.powerOff();
    }
  }
}

export function main(): void {
  spinner.start(1n);
  file = linux.openDirect(linux.zeroTerminated('/dev/vda'));
  // All of it in one large page, so that requests have as few pieces as they can have, and always as many.
  buffer = (linux.map(2n * LARGE_PAGE_BYTES) + LARGE_PAGE_BYTES - 1n) & ~(LARGE_PAGE_BYTES - 1n);
  readRandomly(WARM_UP);
  spinner.begin();
  readRandomly(RANDOM_READS);
  spinner.report('diskRead', RANDOM_READS);
  readOneAfterTheOther(1n);
  spinner.begin();
  readOneAfterTheOther(SEQUENTIAL_READS);
  spinner.report('diskSequential', SEQUENTIAL_READS);
  linux.powerOff();
}

export const start = naked<() => void>(
  asm`
    bl    ${main}
    b     .`,
  { section: '.text.start' },
);
