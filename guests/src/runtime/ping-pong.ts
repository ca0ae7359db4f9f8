/** Two processes of Linux that pass a byte back and forth through pipes. */
import * as linux from './linux-calls.ts';

const ends = fixedArray(u32, 2);
const bytes = fixedArray(u8, 1);
const status = fixedArray(u32, 1);

/** Starts the other process, which ends after `count` bytes, and exchanges that many with it. Each stays on its own CPU. */
export function play(count: u64, cpu: u64, otherCpu: u64): void {
  linux.pipe(ends);
  const there = u64(ends[0]);
  const toThere = u64(ends[1]);
  linux.pipe(ends);
  const back = u64(ends[0]);
  const toBack = u64(ends[1]);
  if (linux.fork() === 0n) {
    linux.pinTo(otherCpu);
    exchange(count, there, toBack, false);
    linux.exit(0n);
  }
  linux.pinTo(cpu);
  exchange(count, back, toThere, true);
  linux.wait(status);
  for (const end of ends) {
    linux.close(u64(end));
  }
  linux.close(there);
  linux.close(toThere);
}

function exchange(count: u64, from: u64, to: u64, first: boolean): void {
  const address = addressOf(bytes);
  for (let i: u64 = 0n; i < count; i += 1n) {
    if (first) {
      linux.write(to, address, 1n);
    }
    linux.read(from, address, 1n);
    if (!first) {
      linux.write(to, address, 1n);
    }
  }
}
