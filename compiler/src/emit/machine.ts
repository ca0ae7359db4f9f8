/**
 * Device registers, system registers, assembly and linker symbols. On aarch64 each is the instruction itself; a
 * host has no such thing, and calls a function of the same name that the test provides.
 */
import type { Expression } from '../model/expressions.ts';
import { internalPrefix } from '../model/c-names.ts';
import { representation, widthOf } from '../model/types.ts';
import type { FunctionEmitter } from './function-emitter.ts';

/** The instruction as an inline function on aarch64; elsewhere a function that the host test provides. */
interface Access {
  readonly id: string;
  readonly result: 'void' | 'u8' | 'u16' | 'u32' | 'u64';
  readonly parameters: readonly string[];
  /** The body on aarch64, of parameters `a` and `b`. */
  readonly body: string;
}

function emitAccess(fn: FunctionEmitter, { id, result, parameters, body }: Access, operands: readonly string[]): string {
  const list = `(${operands.join(', ')})`;
  const types = parameters.join(', ') || 'void';
  if (fn.target !== 'aarch64') return fn.shared.declare(id, (name) => `extern ${result} ${name}(${types});`) + list;
  const named = parameters.map((type, index) => `${type} ${'ab'.charAt(index)}`).join(', ') || 'void';
  return fn.shared.inline(result, id, named, body) + list;
}

/** Zero is written from the zero register, which clang does not choose by itself. */
const orZero = (parameter: string, zero: string, any: string): string =>
  `if (__builtin_constant_p(${parameter}) && ${parameter} == 0) __asm__ volatile(${zero}); else __asm__ volatile(${any});`;

const suffixes: Record<string, string> = { u8: 'b', u16: 'h', u32: '', u64: '' };

/** A plain `[xN]` access: a trapped access with writeback has no syndrome to emulate it by. */
export function emitMmio(fn: FunctionEmitter, member: string, operands: readonly string[]): string {
  const type = `u${member.replace(/\D/g, '')}` as 'u32';
  const [register, suffix, id] = [widthOf(type) === 64 ? '%x0' : '%w0', suffixes[type] ?? '', `mmio_${member}`];
  if (member.startsWith('read')) {
    const body = `${type} value; __asm__ volatile("ldr${suffix} ${register}, [%x1]" : "=r"(value) : "r"(a)); return value;`;
    return emitAccess(fn, { id, result: type, parameters: ['u64'], body }, operands);
  }
  const zero = register.replace(/%(.)0/, '$1zr');
  const body = orZero('b', `"str${suffix} ${zero}, [%x0]" : : "r"(a) : "memory"`, `"str${suffix} ${register}, [%x1]" : : "r"(b), "r"(a) : "memory"`);
  return emitAccess(fn, { id, result: 'void', parameters: ['u64', type], body }, operands);
}

/** `detail` is the register's name and what the assembler calls it. */
export function emitRegisterRead(fn: FunctionEmitter, detail: string): string {
  const [name = '', assembler = ''] = detail.split(' ');
  const body = `u64 value; __asm__ volatile("mrs %x0, ${assembler}" : "=r"(value)); return value;`;
  return emitAccess(fn, { id: `reg_read_${name}`, result: 'u64', parameters: [], body }, []);
}

export function emitRegisterWrite(fn: FunctionEmitter, detail: string, value: string): string {
  const [name = '', assembler = ''] = detail.split(' ');
  const body = orZero('a', `"msr ${assembler}, xzr" : : : "memory"`, `"msr ${assembler}, %x0" : : "r"(a) : "memory"`);
  return emitAccess(fn, { id: `reg_write_${name}`, result: 'void', parameters: ['u64'], body }, [value]);
}

export function emitLinkerSymbol(fn: FunctionEmitter, symbol: string): string {
  const body = `u64 value; __asm__(ADDRESS_OF("${symbol}") : "=r"(value)); return value;`;
  return emitAccess(fn, { id: `linker_symbol_${symbol}`, result: 'u64', parameters: [], body }, []);
}

function isWide(operand: Expression): boolean {
  const name = representation(operand.type);
  return name !== undefined && widthOf(name) === 64;
}

/** Each operand in a register of its width, narrow ones extended to a word; all memory accesses are ordered around it. */
export function emitAsm(fn: FunctionEmitter, pieces: readonly (string | number)[], operands: readonly Expression[], values: readonly string[]): string {
  if (fn.target !== 'aarch64') return emitAsmHook(fn, pieces, values);
  const text = pieces.map((one) => {
    if (typeof one === 'string') return one.replaceAll('%', '%%');
    return isWide(operands[one]!) ? `%x${one}` : `%w${one}`;
  });
  const lines = text.join('').split('\n').map((one) => one.trim()).filter((one) => one !== '');
  const inputs = values.map((one, index) => `"r"(${isWide(operands[index]!) ? '' : '(u32)'}${one})`).join(', ');
  return `__asm__ volatile(${lines.map((one) => JSON.stringify(`${one}\n\t`)).join(' ')} : : ${inputs} : "memory")`;
}

/** `asm_` and the first word; the operands as u64. wasm32 imports carry that name whatever their operands. */
function emitAsmHook(fn: FunctionEmitter, pieces: readonly (string | number)[], values: readonly string[]): string {
  const word = (/[A-Za-z]\w*/.exec(String(pieces[0])) ?? ['empty'])[0].toLowerCase();
  const cast = values.map((one) => `(u64)${one}`).join(', ');
  if (fn.target === 'native') return `${fn.shared.declare(`asm_${word}`, (id) => `extern void ${id}();`)}(${cast})`;
  const parameters = values.map(() => 'u64').join(', ') || 'void';
  const id = fn.shared.declare(
    `${internalPrefix}asm_${word}_${values.length}`,
    (name) => `__attribute__((import_module("env"), import_name("asm_${word}"))) extern void ${name}(${parameters});`,
  );
  return `${id}(${cast})`;
}
