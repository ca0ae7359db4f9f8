/** Finds the best complete LLVM in a search path: programs that are all of one version. */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findProgram } from '../programs.ts';

/** LLVM's programs, all of one version. */
export interface LlvmTools {
  readonly llvmVersion: number;
  readonly clang: string;
  readonly lld: string;
  readonly wasmLd: string;
  readonly objcopy: string;
  readonly objdump: string;
  readonly nm: string;
  readonly symbolizer: string;
}

/** In order of preference: the version that sizes and costs are measured with, newer ones, older ones. */
export const LLVM_VERSIONS = [19, 20, 21, 22, 23, 18, 17] as const;
export const LLVM_VERSION_MIN = 17;

export function findLlvm(searchPath: string): LlvmTools | null {
  for (const version of LLVM_VERSIONS) {
    const find = (name: string): string | null => findProgram(`${name}-${String(version)}`, searchPath);
    const clang = find('clang');
    const lld = find('ld.lld');
    const wasmLd = find('wasm-ld');
    const objcopy = find('llvm-objcopy');
    const objdump = find('llvm-objdump');
    const nm = find('llvm-nm');
    const symbolizer = find('llvm-symbolizer');
    if (clang && lld && wasmLd && objcopy && objdump && nm && symbolizer) {
      return { llvmVersion: version, clang, lld, wasmLd, objcopy, objdump, nm, symbolizer };
    }
  }
  return null;
}

/** Whether the sanitizers' libraries for this machine are there; Debian's clang only recommends their package. */
export function hasSanitizers({ clang, llvmVersion }: LlvmTools): boolean {
  return existsSync(join(dirname(realpathSync(clang)), `../lib/clang/${String(llvmVersion)}/lib`));
}

/** Debian's and Ubuntu's packages with the programs of `findLlvm`. */
export function llvmPackages(version: number, withSanitizers: boolean): readonly string[] {
  const packages = ['clang', 'lld', 'llvm'].map((name) => `${name}-${String(version)}`);
  return withSanitizers ? [...packages, `libclang-rt-${String(version)}-dev`] : packages;
}
