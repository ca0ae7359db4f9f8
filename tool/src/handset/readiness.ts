/**
 * When a machine counts as ready, and what it said about itself then.
 *
 * The default userland prints `thimble-ready <machine> <kernel release> <KiB of memory> kB`. Any other image says
 * what its configuration's `ready` matches, or else anything at all.
 */
import type { Machine } from '../config/check.ts';

export interface ReadyReport {
  readonly kernelRelease: string | null;
  readonly memoryKib: number | null;
}

const USERLAND_READY = /\bthimble-ready (\S+) (\S+) (\d+)(?: kB)?/;
const ANY_TEXT = /\S/;

/** What the line says about a machine's readiness: null if nothing. */
export function readyReport(machine: Machine, line: string): ReadyReport | null {
  const userland = USERLAND_READY.exec(line);
  if (userland) return { kernelRelease: userland[2] ?? null, memoryKib: Number(userland[3]) };
  const pattern = machine.ready ?? (usesDefaultUserland(machine) ? null : ANY_TEXT);
  return pattern?.test(line) ? { kernelRelease: null, memoryKib: null } : null;
}

function usesDefaultUserland({ image }: Machine): boolean {
  return image.kind === 'linux' && image.initrd === undefined;
}
