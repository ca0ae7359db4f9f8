/**
 * The six integer types as the reference evaluator knows them: ranges, widths and the values at their edges.
 *
 * This is the definition that the compiler is compared with, so nothing here is imported from the compiler.
 */

export const integerTypes = ['u8', 'u16', 'u32', 'i32', 'u64', 'i64'] as const;
export type IntegerType = (typeof integerTypes)[number];

interface IntegerShape {
  readonly width: number;
  readonly signed: boolean;
  /** Literals carry an `n`, and shift counts are bigints too. */
  readonly bigint: boolean;
  readonly min: bigint;
  readonly max: bigint;
}

function shapeOf(width: number, signed: boolean): IntegerShape {
  const min = signed ? -(1n << BigInt(width - 1)) : 0n;
  const max = (1n << BigInt(signed ? width - 1 : width)) - 1n;
  return { width, signed, bigint: width === 64, min, max };
}

export const shapes: Readonly<Record<IntegerType, IntegerShape>> = {
  u8: shapeOf(8, false),
  u16: shapeOf(16, false),
  u32: shapeOf(32, false),
  i32: shapeOf(32, true),
  u64: shapeOf(64, false),
  i64: shapeOf(64, true),
};

export const unsignedTypes = integerTypes.filter((type) => !shapes[type].signed);

export function isIntegerType(type: string): type is IntegerType {
  return Object.hasOwn(shapes, type);
}

export function fits(type: IntegerType, value: bigint): boolean {
  const { min, max } = shapes[type];
  return value >= min && value <= max;
}

/** The low bits of `value`, read as `type`. */
export function wrapTo(type: IntegerType, value: bigint): bigint {
  const { width, signed } = shapes[type];
  return signed ? BigInt.asIntN(width, value) : BigInt.asUintN(width, value);
}

/** The bits of `value` as an unsigned number of the type's width. */
export function bitsOf(type: IntegerType, value: bigint): bigint {
  return BigInt.asUintN(shapes[type].width, value);
}

/** Values where arithmetic breaks: first the ends of this type and its width, then the ends of the others. */
export function edgeValues(type: IntegerType): readonly bigint[] {
  const { width, min, max } = shapes[type];
  const near = [0n, 1n, 2n, 3n, 7n, 10n, -1n, -2n, min, min + 1n, max, max - 1n, BigInt(width - 1), BigInt(width), BigInt(width + 1)];
  const powers = [7, 8, 15, 16, 31, 32, 33, 63].flatMap((bit) => [(1n << BigInt(bit)) - 1n, 1n << BigInt(bit), -(1n << BigInt(bit))]);
  const patterns = [0x55n, 0xaaaan, 0xdead_beefn, 0x0123_4567_89ab_cdefn];
  return [...new Set([...near, ...powers, ...patterns])].filter((value) => fits(type, value));
}
