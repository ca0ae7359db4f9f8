/**
 * The first process of a Linux machine that measures what it costs to be a guest: prints the virtual counter as soon as it runs, then
 * the ticks that each of some workloads takes, and powers off. It says the same without a hypervisor, and the host tool compares.
 *
 * A program for EL0 under Linux, linked by linux-process.ld. It needs /bin/busybox and the folders /dev and /tmp.
 */
import { CNTVCT_EL0 } from '@thimble/arm64/registers-timer.ts';
import { isb } from '@thimble/arm64/instructions.ts';
import * as linux from './runtime/linux-calls.ts';
import * as pingPong from './runtime/ping-pong.ts';

const MIB = 0x10_0000n;
const PAGE_BYTES = 0x1000n;
const BUFFER_BYTES = 0x1_0000;
const BLOCK_BYTES = 512n;

/** 250 ticks of 4 ms and a half, in rounds of 2 instructions. */
const SPIN_ROUNDS = 501_000_000n;
/** A pause of the counter that no instruction of ours explains. */
const TICK_PAUSE = 20n;
const BLOCKS = 50_000n;
const PARENT_CALLS = 200_000n;
const FORKS = 100;
const PING_PONGS = 10_000n;

const buffer = fixedArray(u8, BUFFER_BYTES);
const status = fixedArray(u32, 1);
let output: u64 = 0n;

const SHA256: readonly string[] = ['/bin/busybox', 'sha256sum', '/tmp/file'];
const GZIP: readonly string[] = ['/bin/busybox', 'gzip', '-c', '/bin/busybox'];
const TRUE: readonly string[] = ['/bin/busybox', 'true'];

const spinRounds = naked<(count: u64) => void>(asm`
  1:
    subs  x0, x0, #1
    b.ne  1b
    ret`);

/** Comes back right after an interrupt of this CPU, which nothing but the tick is likely to be. */
const awaitTick = naked<(pause: u64) => void>(asm`
    mrs   x1, cntvct_el0
  1:
    mrs   x2, cntvct_el0
    sub   x3, x2, x1
    mov   x1, x2
    cmp   x3, x0
    b.ls  1b
    ret`);

function now(): u64 {
  isb();
  return CNTVCT_EL0.read();
}

/** The start of a workload, just after a tick: it is cut by as many ticks with a hypervisor as without one. */
function startTime(): u64 {
  awaitTick(TICK_PAUSE);
  return now();
}

function report(name: string, ticks: u64): void {
  linux.print('bench ');
  linux.print(name);
  linux.print(' ');
  linux.printDecimal(ticks);
  linux.print('\n');
}

/** Runs a program, with its output to nowhere, and waits for its end. */
function run(words: readonly string[]): void {
  if (linux.fork() === 0n) {
    linux.duplicate(output, linux.STANDARD_OUTPUT);
    linux.execute(words);
    linux.exit(1n);
  }
  linux.wait(status);
  if (status[0] !== 0) {
    linux.print('a program failed\n');
  }
}

function spin(): void {
  const start = startTime();
  spinRounds(SPIN_ROUNDS);
  report('spin', now() - start);
}

function programs(): void {
  let start = startTime();
  run(SHA256);
  report('sha256', now() - start);
  start = startTime();
  run(GZIP);
  report('gzip', now() - start);
  start = startTime();
  for (let i: u32 = 0; i < FORKS; i += 1) {
    run(TRUE);
  }
  report('forkExec', now() - start);
}

function systemCalls(): void {
  const zero = linux.openToRead(linux.zeroTerminated('/dev/zero'));
  let start = startTime();
  for (let i: u64 = 0n; i < BLOCKS; i += 1n) {
    linux.read(zero, addressOf(buffer), BLOCK_BYTES);
    linux.write(output, addressOf(buffer), BLOCK_BYTES);
  }
  report('blocks', now() - start);
  start = startTime();
  for (let i: u64 = 0n; i < PARENT_CALLS; i += 1n) {
    linux.parentId();
  }
  report('getppid', now() - start);
}

/** Writes `mebibytes` of zeros to the file at `path`. */
function fill(path: u64, mebibytes: u64): void {
  const file = linux.openToWrite(path);
  for (let bytes: u64 = 0n; bytes < mebibytes * MIB; bytes += u64(BUFFER_BYTES)) {
    linux.write(file, addressOf(buffer), u64(BUFFER_BYTES));
  }
  linux.close(file);
}

function memoryTouches(): void {
  const path = linux.zeroTerminated('/tmp/large');
  let start = startTime();
  fill(path, 64n);
  report('fileFirst', now() - start);
  const memoryStart = linux.map(32n * MIB);
  start = startTime();
  for (let offset: u64 = 0n; offset < 32n * MIB; offset += PAGE_BYTES) {
    memory.store64(memoryStart + offset, 1n);
  }
  report('memoryFirst', now() - start);
}

export function main(): void {
  report('boot', now());
  linux.mount(linux.zeroTerminated('devtmpfs'), linux.zeroTerminated('/dev'));
  linux.mount(linux.zeroTerminated('tmpfs'), linux.zeroTerminated('/tmp'));
  output = linux.openToWrite(linux.zeroTerminated('/dev/null'));
  // First, while no page has been used before.
  memoryTouches();
  fill(linux.zeroTerminated('/tmp/file'), 8n);
  spin();
  programs();
  systemCalls();
  const start = startTime();
  pingPong.play(PING_PONGS, 0n, 0n);
  report('pipe', now() - start);
  linux.powerOff();
}

export const start = naked<() => void>(
  asm`
    bl    ${main}
    b     .`,
  { section: '.text.start' },
);
