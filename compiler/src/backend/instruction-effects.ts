/**
 * Which registers an instruction reads and writes, from its text [DDI0487 "A64 Base Instructions"]. An instruction that is
 * not in these tables has no known effects, and whoever asks must then assume any.
 */
import type { Instruction } from './assembly.ts';

/** One bit a general register by its number, and one for the condition flags. The stack pointer and the zero register have none. */
export type Registers = number;
export const [noRegisters, flags, allRegisters]: readonly [Registers, Registers, Registers] = [0, 0x8000_0000, 0xffff_ffff];
export interface Effects {
  readonly reads: Registers;
  readonly writes: Registers;
  /** Does nothing but write these registers: no memory, no device, nothing of the processor's. */
  readonly pure: boolean;
}

const generalRegister = /\b[wx](\d+)\b/g;
export const linkRegister: Registers = 1 << 30;

/** The bit of a register by its name; none of what is not a general register. */
export function registerBit(name: string): Registers {
  const [, number] = /^[wx](\d+)$/.exec(name) ?? [];
  return number === undefined ? noRegisters : (1 << Number(number)) >>> 0;
}

export function registersIn(text: string): Registers {
  let found = noRegisters;
  for (const [, number] of text.matchAll(generalRegister)) found |= 1 << Number(number);
  return found >>> 0;
}

/** The operands of an instruction's text, apart from brackets' contents. */
export function operandsOf(text: string): string[] {
  const [, list = ''] = /^\S+ (.*)$/.exec(text) ?? [];
  return list.split(/,(?![^[]*\])/).map((one) => one.trim()).filter((one) => one !== '');
}
export const mnemonicOf = (text: string): string => /^\S+/.exec(text)?.[0] ?? '';

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));
/** Write the first operand, read the others. */
const computing = words('add sub orr eor and bic orn eon mvn neg mov movz movn adr lsl lsr asr ror ubfx sbfx ubfiz sbfiz sxtb sxth sxtw uxtb uxth uxtw rbit clz cls rev rev16 rev32 mul mneg madd msub umaddl smaddl umsubl umull smull umulh smulh udiv sdiv extr');
/** Also read what they write a part of. */
const inserting = words('movk bfi bfxil bfc');
const selecting = words('cset csetm csel csinc csinv csneg cinc cinv cneg');
const settingFlags = words('adds subs ands bics negs');
const comparing = words('cmp cmn tst');
const comparingFurther = words('ccmp ccmn');
const loading = words('ldr ldrb ldrh ldrsb ldrsh ldrsw ldur ldurb ldurh ldursb ldursh ldursw ldar ldarb ldarh ldaxr ldaxrb ldxr ldp ldpsw');
const storing = words('str strb strh stur sturb sturh stlr stlrb stlrh stp');
const storingIfExclusive = words('stxr stlxr stxrb stlxrb');
const ofTheProcessor = words('isb dsb dmb wfi wfe sev sevl nop tlbi dc ic at clrex');

/** What an instruction does that goes on behind itself; of a branch, before it branches. Undefined for what is not known, and for calls. */
export function effectsOf({ text, kind }: Pick<Instruction, 'text' | 'kind'>): Effects | undefined {
  if (kind === 'opaque') return undefined;
  const mnemonic = mnemonicOf(text);
  if (kind === 'jump') return { reads: noRegisters, writes: noRegisters, pure: false };
  if (kind === 'branch') return { reads: mnemonic.startsWith('b.') ? flags : registersIn(text), writes: noRegisters, pure: false };
  if (kind === 'end') return undefined;
  const operands = operandsOf(text);
  const [first = '', ...others] = operands;
  const [all, target, sources] = [registersIn(text), registerBit(first), registersIn(others.join(' '))];
  if (computing.has(mnemonic)) return { reads: sources, writes: target, pure: isValue(first) };
  if (inserting.has(mnemonic)) return { reads: all, writes: target, pure: true };
  if (selecting.has(mnemonic)) return { reads: (sources | flags) >>> 0, writes: target, pure: true };
  if (settingFlags.has(mnemonic)) return { reads: sources, writes: (target | flags) >>> 0, pure: true };
  if (comparing.has(mnemonic)) return { reads: all, writes: flags, pure: true };
  if (comparingFurther.has(mnemonic)) return { reads: (all | flags) >>> 0, writes: flags, pure: true };
  return memoryEffects(mnemonic, operands, text) ?? systemEffects(mnemonic, operands);
}

/** The stack pointer is a target that nobody here keeps account of. */
const isValue = (register: string): boolean => /^[wx](\d+|zr)$/.test(register);

function memoryEffects(mnemonic: string, operands: readonly string[], text: string): Effects | undefined {
  const at = operands.findIndex((one) => one.startsWith('['));
  const address = at < 0 ? '' : operands.slice(at).join(' ');
  const writtenBack = at >= 0 && (address.includes('!') || operands.length > at + 1) ? registersIn(operands[at]!) : noRegisters;
  const data = registersIn(operands.slice(0, at < 0 ? 1 : at).join(' '));
  if (loading.has(mnemonic)) return { reads: registersIn(address), writes: (data | writtenBack) >>> 0, pure: false };
  if (storing.has(mnemonic)) return { reads: registersIn(text), writes: writtenBack, pure: false };
  if (!storingIfExclusive.has(mnemonic)) return undefined;
  return { reads: registersIn(operands.slice(1).join(' ')), writes: registersIn(operands[0] ?? ''), pure: false };
}

function systemEffects(mnemonic: string, [first = '', second = '']: readonly string[]): Effects | undefined {
  if (mnemonic === 'mrs') return { reads: second.toUpperCase() === 'NZCV' ? flags : noRegisters, writes: registerBit(first), pure: false };
  if (mnemonic === 'msr') return { reads: registersIn(second), writes: first.toUpperCase() === 'NZCV' ? flags : noRegisters, pure: false };
  return ofTheProcessor.has(mnemonic) ? { reads: registersIn(`${first} ${second}`), writes: noRegisters, pure: false } : undefined;
}
