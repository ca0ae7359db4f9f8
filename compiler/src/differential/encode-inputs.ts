/**
 * How values cross the border of a compiled case: everything as u64.
 */
import { inputCountMax } from './generate-case.ts';
import { enumMembers, isEnumName } from './prelude.ts';
import type { Case } from './syntax.ts';

/** Integers by their low bits, enum members by their position; unused inputs are zero. */
export function encodeInputs(program: Case, inputs: readonly bigint[]): bigint[] {
  const encoded = program.main.parameters.map(({ type }, at) =>
    isEnumName(type) ? BigInt(enumMembers(type).findIndex((member) => member.value === inputs[at])) : BigInt.asUintN(64, inputs[at]!));
  return [...encoded, ...Array<bigint>(inputCountMax).fill(0n)].slice(0, inputCountMax);
}
