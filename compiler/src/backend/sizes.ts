/**
 * What each module takes in the image. Code is laid at the door of the source file it comes from, inlined or not;
 * data at that of the module which declared it.
 */
import type { Context } from '../check/context.ts';
import { moduleName } from '../model/c-names.ts';
import type { ElfSymbol } from './elf.ts';
import type { LineRange } from './line-table.ts';
import { isOutlined } from './outlined.ts';

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

export function moduleSizes(cx: Context, symbols: readonly ElfSymbol[], lines: readonly LineRange[]): ModuleSize[] {
  const sizes = new Map<string, ModuleSize>();
  const add = (module: string, kind: ElfSymbol['kind'], bytes: number): void => {
    const size = sizes.get(module) ?? { module, textBytes: 0, rodataBytes: 0, dataBytes: 0, bssBytes: 0 };
    sizes.set(module, size);
    size[`${kind}Bytes`] += bytes;
  };
  const owned = programSymbols(cx, symbols);
  for (const [index, symbol] of symbols.entries()) {
    const module = owned[index]?.module ?? shared;
    if (symbol.kind !== 'text' || isOutlined(symbol.name)) add(module, symbol.kind, symbol.bytes);
    else for (const [file, bytes] of filesOf(symbol, lines)) add(file === undefined || !file.endsWith('.ts') ? module : moduleName(file), 'text', bytes);
  }
  const inImage = (one: ModuleSize): number => one.textBytes + one.rodataBytes + one.dataBytes;
  return [...sizes.values()].sort((a, b) => inImage(b) - inImage(a) || a.module.localeCompare(b.module));
}

/** The bytes of a function by source file; undefined for those that the line table says nothing about. */
function filesOf(symbol: ElfSymbol, lines: readonly LineRange[]): Map<string | undefined, number> {
  const bytes = new Map<string | undefined, number>();
  const end = symbol.address + BigInt(symbol.bytes);
  let at = symbol.address;
  let file: string | undefined;
  const upTo = (address: bigint): void => {
    if (address > at) bytes.set(file, (bytes.get(file) ?? 0) + Number(address - at));
    at = address > at ? address : at;
  };
  for (const line of lines.slice(firstAtOrAfter(lines, symbol.address))) {
    if (line.address >= end) break;
    upTo(line.address);
    file = line.file;
  }
  upTo(end);
  return bytes;
}

function firstAtOrAfter(lines: readonly LineRange[], address: bigint): number {
  let [low, high] = [0, lines.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lines[middle]!.address < address) low = middle + 1;
    else high = middle;
  }
  return low;
}
