/**
 * Thimble's language library: everything a program may use without importing it.
 *
 * A Thimble program is TypeScript that `tsc --strict` accepts with this file in place of the standard
 * library (`noLib`). The compiler gives each name below its machine meaning; LANGUAGE.md states the rules.
 * Nothing here is ever run by Node.
 */

// ---------------------------------------------------------------------------------------------------------
// What tsc itself needs to exist. Bare metal has none of their methods.

interface Object {}
interface Function {}
interface CallableFunction extends Function {}
interface NewableFunction extends Function {}
interface IArguments {}
interface RegExp {}
interface Boolean {}
interface Number {}
interface BigInt {}
interface Symbol {}
interface TemplateStringsArray {}
interface Array<T> {
  readonly [index: number]: T;
  readonly length: u32;
}
interface ReadonlyArray<T> {
  readonly [index: number]: T;
  readonly length: u32;
}
interface String {
  /** Bytes in the literal (UTF-8). */
  readonly length: u32;
  /** The byte at `index`; traps at or past `length`. */
  charCodeAt(index: u32): u8;
}
interface SymbolConstructor {
  readonly iterator: unique symbol;
}
declare const Symbol: SymbolConstructor;
interface IteratorYieldResult<T> {
  readonly done?: false;
  readonly value: T;
}
interface IteratorReturnResult<TReturn> {
  readonly done: true;
  readonly value: TReturn;
}
interface Iterator<T, TReturn = undefined, TNext = undefined> {
  next(value?: TNext): IteratorYieldResult<T> | IteratorReturnResult<TReturn>;
}
interface Iterable<T, TReturn = undefined, TNext = undefined> {
  [Symbol.iterator](): Iterator<T, TReturn, TNext>;
}
interface ReadonlyArray<T> {
  [Symbol.iterator](): Iterator<T>;
}
interface Array<T> {
  [Symbol.iterator](): Iterator<T>;
}

// ---------------------------------------------------------------------------------------------------------
// Integers. Up to 32 bits they are numbers to tsc, 64 bits are bigints, so tsc refuses to mix the two; the
// compiler refuses every other mix of widths.

type u8 = number & { readonly __integer?: 'u8' };
type u16 = number & { readonly __integer?: 'u16' };
type u32 = number & { readonly __integer?: 'u32' };
type i32 = number & { readonly __integer?: 'i32' };
type u64 = bigint & { readonly __integer?: 'u64' };
type i64 = bigint & { readonly __integer?: 'i64' };

/** A u64 that means one thing only: no literal, no other brand and no plain u64 is accepted for it. */
type Brand<Name extends string> = bigint & { readonly __integer?: 'u64'; readonly __brand: Name };

interface IntegerConversion<T> {
  /** The same value in this type; traps where it does not fit. From a narrower type it costs nothing. */
  (value: number | bigint): T;
  /** The low bits of `value`; never traps. */
  wrap(value: number | bigint): T;
}
declare const u8: IntegerConversion<u8>;
declare const u16: IntegerConversion<u16>;
declare const u32: IntegerConversion<u32>;
declare const i32: IntegerConversion<i32>;
declare const u64: IntegerConversion<u64>;
declare const i64: IntegerConversion<i64>;
/** Element marker for `fixedArray(bool, n)`. */
declare const bool: { readonly __marker: 'bool' };

/** Puts a brand on a plain u64. Audited: few files may call it. */
declare function brand<B extends Brand<string>>(value: u64): B;
/** The plain u64 under a brand. */
declare function unbrand(value: Brand<string>): u64;

// Modular arithmetic, where `+ - *` would trap. Both operands have one type.
declare function wrappingAdd<T extends number | bigint>(a: T, b: T): T;
declare function wrappingSub<T extends number | bigint>(a: T, b: T): T;
declare function wrappingMul<T extends number | bigint>(a: T, b: T): T;
/** Zero bits above the highest set bit, in the operand's own width; the width itself for 0. */
declare function countLeadingZeros(value: number | bigint): u32;
/** Zero bits below the lowest set bit; the operand's width for 0. */
declare function countTrailingZeros(value: number | bigint): u32;
/** Set bits. */
declare function countOnes(value: number | bigint): u32;
/** The bytes of a u16, u32 or u64 in opposite order. */
declare function byteSwap<T extends number | bigint>(value: T): T;

// ---------------------------------------------------------------------------------------------------------
// Memory.

/** `length` elements of T in place; every index is checked. Class elements are embedded, not referenced. */
interface FixedArray<T> {
  readonly length: u32;
  [index: number]: T;
  [Symbol.iterator](): Iterator<T>;
}
/** The same for class elements, which can be changed but not replaced. */
interface FixedObjectArray<T> {
  readonly length: u32;
  readonly [index: number]: T;
  [Symbol.iterator](): Iterator<T>;
}
/** Storage for `length` (a compile-time constant) zeroed elements; only at module level or in a field. */
declare function fixedArray<T extends number | bigint>(element: IntegerConversion<T>, length: number): FixedArray<T>;
declare function fixedArray(element: { readonly __marker: 'bool' }, length: number): FixedArray<boolean>;
declare function fixedArray<T extends object>(element: new () => T, length: number): FixedObjectArray<T>;
/** As `fixedArray`, of nullable references to T, all null. */
declare function fixedArrayOfReferences<T extends object>(element: new () => T, length: number): FixedArray<T | null>;

/** The address of an object or array. */
declare function addressOf(object: object): u64;
/** The object of class T at `address`. The caller vouches for it; unaligned or null traps. */
declare function unsafeAt<T extends object>(element: new () => T, address: u64): T;
/** Bytes from the start of T to `field`; a compile-time constant. */
declare function offsetOf<T extends object>(element: new () => T, field: string): u32;
/** Bytes that one T takes; a compile-time constant. */
declare function sizeOf<T extends object>(element: new () => T): u32;
/** The address of a symbol that the linker script defines, computed relative to the program counter. */
declare function linkerSymbol(name: string): u64;

/** The value, or a trap where it is null. */
declare function nonNull<T extends object>(value: T | null): T;

/** Ordinary memory, by address; unaligned addresses are the caller's fault. */
declare namespace memory {
  function load8(address: u64): u8;
  function load16(address: u64): u16;
  function load32(address: u64): u32;
  function load64(address: u64): u64;
  function store8(address: u64, value: u8): void;
  function store16(address: u64, value: u16): void;
  function store32(address: u64, value: u32): void;
  function store64(address: u64, value: u64): void;
}

/** Device registers: each call is exactly one load or store of that width, as a plain `[xN]` access. */
declare namespace mmio {
  function read8(address: u64): u8;
  function read16(address: u64): u16;
  function read32(address: u64): u32;
  function read64(address: u64): u64;
  function write8(address: u64, value: u8): void;
  function write16(address: u64, value: u16): void;
  function write32(address: u64, value: u32): void;
  function write64(address: u64, value: u64): void;
}

/** A 32-bit word that several CPUs share; embed it as a `readonly` field. */
declare class AtomicU32 {
  /** Load-acquire. */
  load(): u32;
  /** Store-release. */
  store(value: u32): void;
  /** Each returns the old value; acquire and release. */
  exchange(value: u32): u32;
  fetchAdd(value: u32): u32;
  fetchOr(value: u32): u32;
  fetchAnd(value: u32): u32;
  /** Writes `replacement` if the word equals `expected`; returns what the word was. */
  compareExchange(expected: u32, replacement: u32): u32;
}

// ---------------------------------------------------------------------------------------------------------
// Faults of our own.

/** Stops in a trap unless `condition` holds. Nothing that comes from outside may reach it. */
declare function assert(condition: boolean): asserts condition;
/** Stops in a trap. */
declare function trap(): never;

// ---------------------------------------------------------------------------------------------------------
// The processor.

/** A bit number, or `[highest, lowest]`. */
type BitRange = number | readonly [number, number];

interface Bits<F> {
  /** A value with the named fields set, all others zero. Constants that do not fit are compile errors. */
  of(fields: { readonly [K in keyof F]?: u64 }): u64;
  /** The field of `value`, shifted down. */
  get(value: u64, field: keyof F): u64;
  /** `value` with the named fields replaced. */
  with(value: u64, fields: { readonly [K in keyof F]?: u64 }): u64;
  /** The mask of a field, in place. */
  mask(field: keyof F): u64;
}
interface Register<F> extends Bits<F> {
  read(): u64;
  write(value: u64): void;
}

/** A word in memory or in a register that has named fields; overlapping fields are refused. */
declare function bits<const F extends { readonly [field: string]: BitRange }>(layout: {
  readonly name: string;
  readonly fields: F;
}): Bits<F>;

/** A system register; `encoding` (`S3_6_C12_C8_0`) for names that the assembler does not know. */
declare function register<const F extends { readonly [field: string]: BitRange }>(layout: {
  readonly name: string;
  readonly encoding?: string;
  readonly fields: F;
}): Register<F>;

/** What a naked function's assembly may name: constants, and functions (as their symbol). */
type AsmOperand = number | bigint | string | ((...parameters: never[]) => unknown);

/**
 * Inline assembly. As a statement, each `${value}` is an integer in a register (`x` for 64 bits, `w` below)
 * and the statement orders all memory accesses around it. In `naked`, each `${…}` is a compile-time constant or
 * a function's symbol.
 */
declare function asm(text: TemplateStringsArray, ...operands: readonly AsmOperand[]): AsmText;
interface AsmText {
  readonly __asm: true;
}

/**
 * A function that is nothing but its assembly: no frame, no return instruction of the compiler's. As the only statement
 * of a function, where it may name functions that come later or that name it; or as a const, with the type written out.
 */
declare function naked(text: AsmText, options?: { readonly section?: string; readonly align?: number }): never;
declare function naked<F extends (...parameters: never[]) => unknown>(
  text: AsmText,
  options?: { readonly section?: string; readonly align?: number },
): F;

/** Computed by Node while compiling; the result (integer, boolean, string, or array of integers) becomes a constant. */
declare function comptime<T>(compute: () => T): T;
