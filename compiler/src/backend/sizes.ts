/** What each module takes in the image: the ELF's symbols, laid at the door of the module that declared them. */
import type { Context } from '../check/context.ts';
import type { ElfSymbol } from './elf.ts';

export interface ProgramSymbol {
  name: string;
  address: bigint;
  bytes: number;
  section: string;
  module: string;
}
export interface ModuleSize {
  module: string;
  textBytes: number;
  rodataBytes: number;
  dataBytes: number;
  bssBytes: number;
}
/** What no module declared: string literals, functions that clang split off or calls itself. */
const shared = '(shared)';

export function programSymbols(cx: Context, symbols: readonly ElfSymbol[]): ProgramSymbol[] {
  const owners = new Map<string, string>();
  for (const one of [...cx.functions, ...cx.variables]) owners.set(one.cName, one.module);
  return symbols.map(({ name, address, bytes, section }) => ({ name, address, bytes, section, module: owners.get(name.replace(/\..*$/, '')) ?? shared }));
}

export function moduleSizes(cx: Context, symbols: readonly ElfSymbol[]): ModuleSize[] {
  const sizes = new Map<string, ModuleSize>();
  const modules = programSymbols(cx, symbols);
  for (const [index, { kind, bytes }] of symbols.entries()) {
    const module = modules[index]?.module ?? shared;
    const size = sizes.get(module) ?? { module, textBytes: 0, rodataBytes: 0, dataBytes: 0, bssBytes: 0 };
    sizes.set(module, size);
    size[`${kind}Bytes`] += bytes;
  }
  return [...sizes.values()].sort((a, b) => b.textBytes + b.rodataBytes + b.dataBytes - (a.textBytes + a.rodataBytes + a.dataBytes));
}
