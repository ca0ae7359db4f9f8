/**
 * Device registers, system registers, assembly and linker symbols. On aarch64 each is the instruction itself; a
 * host has no such thing, and calls a function of the same name that the test provides.
 */
import type { Expression } from '../model/expressions.ts';
import { representation, widthOf } from '../model/types.ts';
import type { FunctionEmitter } from './function-emitter.ts';
import type { SharedText } from './shared-text.ts';

/** Declares a function that a host test provides. */
function external(shared: SharedText, result: string, name: string, parameters: string): string {
  return shared.use(name, () => `extern ${result} ${name}(${parameters});`);
}

const suffixes: Record<string, string> = { '8': 'b', '16': 'h', '32': '', '64': '' };

/** A plain `[xN]` access: a trapped access with writeback has no syndrome to emulate it by. */
export function emitMmio(fn: FunctionEmitter, member: string, [address = '', stored = '']: readonly string[]): string {
  const width = member.replace(/\D/g, '');
  const type = `u${width}`;
  const id = `mmio_${member}`;
  const register = width === '64' ? '%x0' : '%w0';
  if (member.startsWith('read')) {
    if (fn.target !== 'aarch64') return `${external(fn.shared, type, id, 'u64')}(${address})`;
    fn.shared.use(id, () => `INLINE ${type} ${id}(u64 at) { ${type} value; __asm__ volatile("ldr${suffixes[width]} ${register}, [%x1]" : "=r"(value) : "r"(at)); return value; }`);
    return `${id}(${address})`;
  }
  if (fn.target !== 'aarch64') return `${external(fn.shared, 'void', id, `u64, ${type}`)}(${address}, ${stored})`;
  fn.shared.use(id, () => `INLINE void ${id}(u64 at, ${type} value) { __asm__ volatile("str${suffixes[width]} ${register}, [%x1]" : : "rZ"(value), "r"(at) : "memory"); }`);
  return `${id}(${address}, ${stored})`;
}

/** `detail` is the register's name and what the assembler calls it. */
export function emitRegisterRead(fn: FunctionEmitter, detail: string): string {
  const [name = '', assembler = ''] = detail.split(' ');
  const id = `reg_read_${name}`;
  if (fn.target !== 'aarch64') return `${external(fn.shared, 'u64', id, 'void')}()`;
  fn.shared.use(id, () => `INLINE u64 ${id}(void) { u64 value; __asm__ volatile("mrs %x0, ${assembler}" : "=r"(value)); return value; }`);
  return `${id}()`;
}

export function emitRegisterWrite(fn: FunctionEmitter, detail: string, value: string): string {
  const [name = '', assembler = ''] = detail.split(' ');
  const id = `reg_write_${name}`;
  if (fn.target !== 'aarch64') return `${external(fn.shared, 'void', id, 'u64')}(${value})`;
  fn.shared.use(id, () => `INLINE void ${id}(u64 value) { __asm__ volatile("msr ${assembler}, %x0" : : "rZ"(value) : "memory"); }`);
  return `${id}(${value})`;
}

export function emitLinkerSymbol(fn: FunctionEmitter, symbol: string): string {
  const id = `linker_symbol_${symbol}`;
  if (fn.target !== 'aarch64') return `${external(fn.shared, 'u64', id, 'void')}()`;
  fn.shared.use(id, () => `INLINE u64 ${id}(void) { u64 value; __asm__("adrp %x0, ${symbol}\\n\\tadd %x0, %x0, :lo12:${symbol}" : "=r"(value)); return value; }`);
  return `${id}()`;
}

/** An assembly statement: each operand in a register of its width, all memory accesses ordered around it. */
export function emitAsm(fn: FunctionEmitter, pieces: readonly (string | number)[], operands: readonly Expression[], values: readonly string[]): string {
  if (fn.target !== 'aarch64') return emitAsmHook(fn, pieces, values);
  const text = pieces.map((one) => {
    if (typeof one === 'string') return one.replaceAll('%', '%%');
    const name = representation(operands[one]!.type);
    return name !== undefined && widthOf(name) === 64 ? `%x${one}` : `%w${one}`;
  });
  const lines = text.join('').split('\n').map((one) => one.trim()).filter((one) => one !== '');
  const inputs = values.map((one) => `"rZ"(${one})`).join(', ');
  return `__asm__ volatile(${lines.map((one) => JSON.stringify(`${one}\n\t`)).join(' ')} : : ${inputs} : "memory")`;
}

/** `asm_` and the first word; the operands as u64. wasm32 imports carry that name whatever their operands. */
function emitAsmHook(fn: FunctionEmitter, pieces: readonly (string | number)[], values: readonly string[]): string {
  const word = (/[A-Za-z]\w*/.exec(String(pieces[0])) ?? ['empty'])[0].toLowerCase();
  const cast = values.map((one) => `(u64)${one}`).join(', ');
  if (fn.target === 'native') return `${fn.shared.use(`asm_${word}`, (id) => `extern void ${id}();`)}(${cast})`;
  const parameters = values.map(() => 'u64').join(', ') || 'void';
  const id = fn.shared.use(
    `asm_${word}_${values.length}`,
    (name) => `__attribute__((import_module("env"), import_name("asm_${word}"))) extern void ${name}(${parameters});`,
  );
  return `${id}(${cast})`;
}
