/** Finds programs in a search path, as a shell does, and the newest complete LLVM among them. */
import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join } from 'node:path';

/** LLVM's programs, all of one version. */
export interface LlvmTools {
  readonly llvmVersion: number;
  readonly clang: string;
  readonly lld: string;
  readonly wasmLd: string;
  readonly objcopy: string;
  readonly nm: string;
  readonly symbolizer: string;
}

/** In order of preference: the version that sizes and costs are measured with, newer ones, older ones. */
export const LLVM_VERSIONS = [19, 20, 21, 22, 23, 18, 17] as const;
export const LLVM_VERSION_MIN = 17;

export function findProgram(name: string, searchPath: string): string | null {
  for (const folder of searchPath.split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    const file = join(folder, name);
    if (isExecutable(file)) return file;
  }
  return null;
}

export function findLlvm(searchPath: string): LlvmTools | null {
  for (const version of LLVM_VERSIONS) {
    const find = (name: string): string | null => findProgram(`${name}-${String(version)}`, searchPath);
    const clang = find('clang');
    const lld = find('ld.lld');
    const wasmLd = find('wasm-ld');
    const objcopy = find('llvm-objcopy');
    const nm = find('llvm-nm');
    const symbolizer = find('llvm-symbolizer');
    if (clang && lld && wasmLd && objcopy && nm && symbolizer) {
      return { llvmVersion: version, clang, lld, wasmLd, objcopy, nm, symbolizer };
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

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
