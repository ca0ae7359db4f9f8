/**
 * What the hypervisor's own lines mean for those who wait. docs/abi.md §3 lists them.
 */

/** The line with which it says what board it found; every other `thimble:` line is its last one. */
const ANNOUNCEMENT = /^thimble: \d+ CPUs?, /;

/** Whether the line says that the hypervisor will not start anything and has halted. */
export function isRefusal(line: string): boolean {
  return line.startsWith('manifest: ') || (line.startsWith('thimble: ') && !ANNOUNCEMENT.test(line));
}

export function isPanic(line: string): boolean {
  return line.startsWith('panic: ');
}

/** Whether the line says that the machine `name` runs no more. */
export function isEndOf(name: string, line: string): boolean {
  return line === `${name}: off` || line.startsWith(`${name}: stopped`);
}
