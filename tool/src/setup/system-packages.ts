/**
 * The programs of the system that building and running need: found, or installed through apt.
 *
 * A run that finds them costs a few file checks. Only what is missing is installed, with root's rights if there are
 * any (root itself, or sudo that asks nothing); else the exact line to run is part of the refusal.
 */
import { findProgram } from '../programs.ts';
import { Refusal } from '../refusal.ts';
import { hasPackageLists, installPackages, offeredPackages } from './apt-install.ts';
import { findLlvm, hasSanitizers, LLVM_VERSION_MIN, LLVM_VERSIONS, llvmPackages, type LlvmTools } from './llvm-tools.ts';
import type { Progress } from './progress.ts';
import { runCommand, type RunCommand } from './run-command.ts';

/** Absolute paths of the programs that building and running need. */
export interface SystemTools extends LlvmTools {
  readonly qemu: string;
  readonly dtc: string;
  readonly sfdisk: string;
  /** Only looked for, and installed, with `{ debug: true }`. */
  readonly gdb: string | null;
  /** Only looked for, and installed, with `{ browser: true }`. */
  readonly browser: string | null;
}

export interface SystemPackagesOptions {
  readonly progress: Progress;
  /** With the debugger. */
  readonly debug?: boolean;
  /** With what only tests need: the sanitizers, and programs for file systems. */
  readonly tests?: boolean;
  /** With the browser in which tests look at the page. */
  readonly browser?: boolean;
  readonly run?: RunCommand;
  readonly searchPath?: string;
}

interface Found {
  readonly tools: SystemTools | null;
  /** Packages that would provide what is missing, LLVM's aside, whose version depends on what is offered. */
  readonly packages: readonly string[];
  readonly llvmMissing: boolean;
}

export async function ensureSystemPackages(options: SystemPackagesOptions): Promise<SystemTools> {
  const before = find(options);
  if (before.tools) return before.tools;
  const run = options.run ?? runCommand;
  const packages = [...before.packages, ...(before.llvmMissing ? await offeredLlvm(run, options) : [])];
  await installPackages(packages, run, options.progress);
  const after = find(options);
  if (after.tools) return after.tools;
  throw new Refusal(
    `${packages.join(', ')}: installed, but the programs are still not in the search path ` +
      `(PATH=${options.searchPath ?? process.env['PATH'] ?? ''}); add /usr/bin to it`,
  );
}

function find(options: SystemPackagesOptions): Found {
  const { debug = false, tests = false, browser: browserWanted = false, searchPath = process.env['PATH'] ?? '' } = options;
  const qemu = findProgram('qemu-system-aarch64', searchPath);
  const dtc = findProgram('dtc', searchPath);
  // Not every search path has the folders of programs for root.
  const sfdisk = findProgram('sfdisk', `${searchPath}:/usr/sbin:/sbin`);
  const gdb = debug ? findProgram('gdb-multiarch', searchPath) : null;
  const browser = browserWanted ? findProgram('chromium', searchPath) : null;
  const llvm = findLlvm(searchPath);
  const sanitizers = llvm === null || !tests || hasSanitizers(llvm);
  // The package's programs come together.
  const fileSystems = !tests || findProgram('e2fsck', `${searchPath}:/usr/sbin:/sbin`) !== null;
  const packages = [
    ...(fileSystems ? [] : ['e2fsprogs']),
    ...(qemu ? [] : ['qemu-system-arm']),
    ...(dtc ? [] : ['device-tree-compiler']),
    ...(sfdisk ? [] : ['fdisk']),
    ...(gdb || !debug ? [] : ['gdb-multiarch']),
    ...(browser || !browserWanted ? [] : ['chromium']),
    ...(sanitizers ? [] : [`libclang-rt-${String(llvm.llvmVersion)}-dev`]),
  ];
  const complete = qemu && dtc && sfdisk && llvm && (gdb || !debug) && (browser || !browserWanted) && sanitizers && fileSystems;
  return { tools: complete ? { ...llvm, qemu, dtc, sfdisk, gdb, browser } : null, packages, llvmMissing: llvm === null };
}

/** The packages of the best LLVM that the machine's sources offer. */
async function offeredLlvm(run: RunCommand, { progress, tests = false }: SystemPackagesOptions): Promise<readonly string[]> {
  const packagesOf = (version: number): readonly string[] => llvmPackages(version, tests);
  // Without lists nothing is offered; apt-get update comes with the installation then, and 19 is the best guess.
  const best = LLVM_VERSIONS[0];
  if (!(await hasPackageLists(run))) return packagesOf(best);
  progress('looking for clang in the package sources');
  for (const version of LLVM_VERSIONS) {
    if (await offeredPackages(packagesOf(version), run)) return packagesOf(version);
  }
  throw new Refusal(
    `clang: the package sources of this machine offer none from ${String(LLVM_VERSION_MIN)} on ` +
      `(clang-${String(best)} is the one to have); run 'apt-get update' as root, or use a newer Debian or Ubuntu, and run the command again`,
  );
}
