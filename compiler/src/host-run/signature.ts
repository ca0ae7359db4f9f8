/**
 * The exported functions of a module and how their values cross into JavaScript. WebAssembly itself knows i32
 * and i64 only; signs, narrow widths and booleans are read from the TypeScript declaration.
 */
import ts from 'typescript';

/** A class instance crosses as its address. */
export type HostType = 'u8' | 'u16' | 'u32' | 'i32' | 'u64' | 'i64' | 'boolean' | 'reference' | 'void';

export interface Signature { readonly name: string; readonly parameters: readonly HostType[]; readonly result: HostType }

export type HostValue = number | bigint | boolean | undefined;

const ranges: Partial<Record<HostType, readonly [min: number, max: number]>> = {
  u8: [0, 0xff], u16: [0, 0xffff], u32: [0, 0xffff_ffff], i32: [-0x8000_0000, 0x7fff_ffff], reference: [0, 0xffff_ffff],
};

function integerName(type: ts.Type, checker: ts.TypeChecker): string | null {
  const tag = type.getProperty('__integer');
  if (tag === undefined) return null;
  const tagType = checker.getTypeOfSymbol(tag);
  const members = tagType.isUnion() ? tagType.types : [tagType];
  return members.find((member) => member.isStringLiteral())?.value ?? null;
}

function hostType(type: ts.Type, checker: ts.TypeChecker): HostType {
  const name = integerName(type, checker);
  if (name !== null) return name as HostType;
  if ((type.flags & ts.TypeFlags.Void) !== 0) return 'void';
  if ((type.flags & ts.TypeFlags.BooleanLike) !== 0) return 'boolean';
  if ((type.flags & (ts.TypeFlags.EnumLike | ts.TypeFlags.NumberLike)) !== 0) return 'u32';
  if ((type.flags & ts.TypeFlags.BigIntLike) !== 0) return 'u64';
  return 'reference';
}

/** Reads the declarations with tsc's own checker; the program is taken to be free of errors. */
export function signaturesOf(entry: string, libraryFile: string): Signature[] {
  const program = ts.createProgram([entry, libraryFile], {
    noLib: true, types: [], strict: true, target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.Preserve,
    moduleResolution: ts.ModuleResolutionKind.Bundler, allowImportingTsExtensions: true, noEmit: true,
  });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(entry);
  if (source === undefined) throw new Error(`${entry}: no such source file`);
  const declarations = source.statements.filter(ts.isFunctionDeclaration)
    .filter((declaration) => declaration.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword));
  return declarations.map((declaration) => {
    const signature = checker.getSignatureFromDeclaration(declaration)!;
    const parameters = signature.parameters.map((parameter) => hostType(checker.getTypeOfSymbolAtLocation(parameter, declaration), checker));
    return { name: declaration.name!.text, parameters, result: hostType(signature.getReturnType(), checker) };
  });
}

/** A JavaScript value as WebAssembly takes it; what does not fit the declared type is the caller's mistake. */
export function toWasm(type: HostType, value: HostValue, where: string): number | bigint {
  if (type === 'boolean') {
    if (typeof value !== 'boolean') throw new TypeError(`${where} is a boolean; ${String(value)} is not`);
    return value ? 1 : 0;
  }
  const range = ranges[type];
  if (range === undefined) {
    if (typeof value !== 'bigint') throw new TypeError(`${where} is a ${type}; write ${String(value)} as a bigint, with an n`);
    const fitted = type === 'i64' ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value);
    if (fitted !== value) throw new RangeError(`${where} is a ${type}; ${value} does not fit`);
    return BigInt.asIntN(64, value);
  }
  if (!Number.isInteger(value)) throw new TypeError(`${where} is a ${type}; ${String(value)} is no integer number`);
  if ((value as number) < range[0] || (value as number) > range[1]) throw new RangeError(`${where} is a ${type}; ${String(value)} does not fit`);
  return (value as number) | 0;
}

export function fromWasm(type: HostType, value: number | bigint | undefined): HostValue {
  if (type === 'void') return undefined;
  if (type === 'boolean') return value !== 0;
  if (type === 'u64') return BigInt.asUintN(64, BigInt(value!));
  if (type === 'i64') return BigInt(value!);
  return type === 'i32' ? (value) : (value as number) >>> 0;
}
