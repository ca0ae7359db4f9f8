/** An address that is only computed for accesses to memory becomes part of them: `add x8, x0, #4; ldr w1, [x8]` is `ldr w1, [x0, #4]`. */
import type { Instruction } from './assembly.ts';
import { effectsOf, mnemonicOf, noRegisters, operandsOf, registerBit, registersIn, type Registers } from './instruction-effects.ts';
import type { Liveness } from './liveness.ts';
import type { Edit } from './shorten.ts';

const immediateMax = 4095;
const accessing = /^(ldr|str|ldur|stur|ldp|stp)(b|h|sb|sh|sw)?$/;

interface Access {
  readonly mnemonic: string;
  /** What is loaded or stored. */
  readonly data: readonly string[];
  readonly base: string;
  readonly offset: number;
  readonly bytes: number;
  readonly isPair: boolean;
}
/** What the address is: a register and a number, or the sum of two registers. */
interface Sum {
  readonly base: string;
  readonly offset: number;
  /** The second register with its shift or extension, as it stands in an address. */
  readonly index: string | undefined;
  readonly shift: number;
}
/** Of a name in the program, with a number added to it. */
interface Named {
  readonly symbol: string;
  readonly offset: number;
}

/** An access without writeback. */
function accessOf(text: string): Access | undefined {
  const mnemonic = mnemonicOf(text);
  if (!accessing.test(mnemonic)) return undefined;
  const operands = operandsOf(text);
  const [, base, offset = '0'] = /^\[(x\d+)(?:, #(-?\d+))?\]$/.exec(operands.at(-1) ?? '') ?? [];
  const data = operands.slice(0, -1);
  if (base === undefined || data.length === 0) return undefined;
  const isPair = mnemonic.startsWith('ldp') || mnemonic.startsWith('stp');
  const wide = data[0]!.startsWith('x') ? 8 : 4;
  const bytes = /(b|sb)$/.test(mnemonic) ? 1 : /(h|sh)$/.test(mnemonic) ? 2 : mnemonic.endsWith('sw') ? 4 : wide;
  return { mnemonic: mnemonic.replace(/^(ld|st)ur/, '$1r'), data, base, offset: Number(offset), bytes, isPair };
}

function isEncodable({ bytes, isPair }: Access, offset: number): boolean {
  const scaled = offset / bytes;
  if (isPair) return Number.isInteger(scaled) && scaled >= -64 && scaled <= 63;
  return (offset >= -256 && offset <= 255) || (Number.isInteger(scaled) && scaled >= 0 && scaled <= 4095);
}

function sumOf(text: string): { readonly target: string; readonly sum: Sum } | undefined {
  const [, operation, target, base, rest] = /^(add|sub) (x\d+), (x\d+), (.+)$/.exec(text) ?? [];
  if (target === undefined || base === undefined || rest === undefined) return undefined;
  const [, number, high] = /^#(\d+)(, lsl #12)?$/.exec(rest) ?? [];
  if (number !== undefined) {
    const offset = Number(number) * (high === undefined ? 1 : 4096) * (operation === 'sub' ? -1 : 1);
    return { target, sum: { base, offset, index: undefined, shift: 0 } };
  }
  const [, index, shift = '0'] = /^(x\d+)(?:, lsl #([0-3]))?$/.exec(rest) ?? [];
  if (operation === 'add' && index !== undefined) return { target, sum: { base, offset: 0, index: shift === '0' ? index : `${index}, lsl #${shift}`, shift: Number(shift) } };
  const [, narrow, extension, by = '0'] = /^(w\d+), (uxtw|sxtw)(?: #([0-3]))?$/.exec(rest) ?? [];
  if (operation !== 'add' || narrow === undefined) return undefined;
  return { target, sum: { base, offset: 0, index: `${narrow}, ${extension}${by === '0' ? '' : ` #${by}`}`, shift: Number(by) } };
}

/** `adr x8, name+4`. */
function namedOf(text: string): { readonly target: string; readonly named: Named } | undefined {
  const [, target, symbol, offset = '0'] = /^adr (x\d+), ([.A-Za-z_$][\w.$]*)(?:\+(\d+))?$/.exec(text) ?? [];
  return target === undefined || symbol === undefined ? undefined : { target, named: { symbol, offset: Number(offset) } };
}

/** What needs the address of a name, with the name itself: a load of a word or two, or a further sum. */
function byName(text: string, target: string, { symbol, offset }: Named): string | undefined {
  const access = accessOf(text);
  const sum = sumOf(text);
  const nameAt = (further: number): string => (offset + further === 0 ? symbol : `${symbol}+${offset + further}`);
  if (access !== undefined && access.mnemonic === 'ldr' && !access.isPair && access.base === target && offset + access.offset >= 0) return `\tldr\t${access.data.join(', ')}, ${nameAt(access.offset)}`;
  if (sum === undefined || sum.sum.base !== target || sum.sum.index !== undefined || offset + sum.sum.offset < 0) return undefined;
  return `\tadr\t${sum.target}, ${nameAt(sum.sum.offset)}`;
}

/** The access with `sum` in the place of the register that held it. */
function accessBy(access: Access, { base, offset, index, shift }: Sum): string | undefined {
  const data = access.data.join(', ');
  if (index !== undefined) {
    if (access.isPair || access.offset !== 0 || (shift !== 0 && 1 << shift !== access.bytes)) return undefined;
    return `\t${access.mnemonic}\t${data}, [${base}, ${index}]`;
  }
  const total = access.offset + offset;
  return isEncodable(access, total) ? `\t${access.mnemonic}\t${data}, [${base}${total === 0 ? '' : `, #${total}`}]` : undefined;
}

/** An access to memory, or a further sum, by another register that is `bytes` before `base`. */
export function addressBy(text: string, base: string, other: string, bytes: number): string | undefined {
  const [access, sum] = [accessOf(text), sumOf(text)];
  if (access?.base === base) return accessBy(access, { base: other, offset: bytes, index: undefined, shift: 0 });
  if (bytes === 0 && text.includes(`[${base}, `) && text.endsWith(']')) return `\t${text.replace(`[${base}, `, `[${other}, `)}`;
  const [, target, index] = indexedBy(text, base);
  if (index !== undefined) return bytes === 0 ? `\tadd\t${target}, ${other}, ${index}` : undefined;
  const [, copy] = new RegExp(`^mov (x\\d+), ${base}$`).exec(text) ?? [];
  const total = bytes + (sum?.sum.base === base ? sum.sum.offset : 0);
  if ((copy === undefined && sum?.sum.base !== base) || total < 0 || total > immediateMax) return undefined;
  return `\tadd\t${copy ?? sum!.target}, ${other}, #${total}`;
}

/** `add x9, x8, x0, lsl #2`: x9, and what is added to `base`. */
const indexedBy = (text: string, base: string): readonly string[] => new RegExp(`^add (x\\d+), ${base}, ([wx]\\d+.*)$`).exec(text) ?? [];

/** A place in an array that is `bytes` behind `other`: those count in the accesses to it. */
export function indexBy(instructions: readonly Instruction[], index: number, liveness: Liveness, base: string, other: string, bytes: number): Edit | undefined {
  const [, target, added] = indexedBy(instructions[index]!.text, base);
  if (target === undefined || added === undefined) return undefined;
  const found = foldInto(instructions, index, liveness, target, noRegisters, ({ text }) => {
    const access = accessOf(text);
    return access?.base === target && !access.data.includes(target) ? accessBy(access, { base: target, offset: bytes, index: undefined, shift: 0 }) : undefined;
  });
  return found === undefined ? undefined : { ...found, lines: new Map([...found.lines, [instructions[index]!.line, `\tadd\t${target}, ${other}, ${added}`]]) };
}

export function foldAddress(instructions: readonly Instruction[], index: number, liveness: Liveness): Edit | undefined {
  const first = instructions[index]!;
  if (first.inAssembly) return undefined;
  const [sum, name] = [sumOf(first.text), namedOf(first.text)];
  if (name !== undefined) return foldInto(instructions, index, liveness, name.target, noRegisters, ({ text, inAssembly }) => (inAssembly ? undefined : byName(text, name.target, name.named)));
  if (sum === undefined) return undefined;
  const sources = (registerBit(sum.sum.base) | registersIn(sum.sum.index ?? '')) >>> 0;
  return foldInto(instructions, index, liveness, sum.target, sources, ({ text }) => {
    const access = accessOf(text);
    const stores = access?.mnemonic.startsWith('st') === true && access.data.some((one) => registerBit(one) === registerBit(sum.target));
    return access?.base === sum.target && !stores ? accessBy(access, sum.sum) : undefined;
  });
}

/** Without the instruction that computes `target` from `sources`, if `fold` has another form of all that read it. */
function foldInto(
  instructions: readonly Instruction[], index: number, liveness: Liveness, target: string, sources: Registers, fold: (one: Instruction) => string | undefined,
): Edit | undefined {
  const own = registerBit(target);
  const lines = new Map([[instructions[index]!.line, '']]);
  for (let at = index + 1; at < instructions.length; at++) {
    const one = instructions[at]!;
    const effects = effectsOf(one);
    if (effects === undefined || liveness.isEntered(one)) return undefined;
    if ((effects.reads & own) !== 0) {
      const text = fold(one);
      if (text === undefined) return undefined;
      lines.set(one.line, text);
    }
    if ((effects.writes & own) !== 0 || (liveness.after(one) & own) === 0) return lines.size > 1 ? { to: at, lines } : undefined;
    if ((effects.writes & sources & ~own) !== 0 || one.kind !== 'plain') return undefined;
  }
  return undefined;
}
