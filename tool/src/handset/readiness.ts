/**
 * When a machine counts as ready, and what it said about itself then.
 *
 * The default userland and the desktops print `thimble-ready <machine> <kernel release> <KiB of memory> kB`. Any other image says
 * what its configuration's `ready` matches, U-Boot shows its prompt, or else anything at all will do.
 */
import type { Machine } from '../config/check.ts';

export interface ReadyReport {
  readonly kernelRelease: string | null;
  readonly memoryKib: number | null;
}

const USERLAND_READY = /\bthimble-ready (\S+) (\S+) (\d+)(?: kB)?/;
const U_BOOT_PROMPT = /^=> $/;
/** What the initial RAM disk says when it cannot go on from the root volume. */
const NO_ROOT = /^thimble: (.*); this is the small userland$/;
const ANY_LINE = /\S/;

const NOTHING_KNOWN: ReadyReport = { kernelRelease: null, memoryKib: null };

/** What the line says about a machine's readiness: null if nothing. */
export function readyReport(machine: Machine, line: string): ReadyReport | null {
  const userland = USERLAND_READY.exec(line);
  if (userland) return { kernelRelease: userland[2] ?? null, memoryKib: Number(userland[3]) };
  const pattern = patternOf(machine) ?? (usesDefaultUserland(machine) ? null : ANY_LINE);
  return pattern?.test(line) ? NOTHING_KNOWN : null;
}

/** The same of a line that has no end yet: a prompt, if one is what the machine is waited for. */
export function readyAtPrompt(machine: Machine, partialLine: string): ReadyReport | null {
  return patternOf(machine)?.test(partialLine) ? NOTHING_KNOWN : null;
}

/** Why the machine will never be ready, if the line says so. */
export function rootProblem({ image }: Machine, line: string): string | null {
  if (image.kind !== 'linux' || image.root === undefined) return null;
  return NO_ROOT.exec(line)?.[1] ?? null;
}

function patternOf({ ready, image }: Machine): RegExp | null {
  return ready ?? (image.kind === 'u-boot' ? U_BOOT_PROMPT : null);
}

function usesDefaultUserland({ image, hasForeignRoot }: Machine): boolean {
  return image.kind === 'linux' && image.initrd === undefined && !hasForeignRoot;
}
