/**
 * Naked functions as lines of assembly, and what such a function may leave changed: clang, which sees all callers, keeps values
 * in any register that a callee does not touch, but it does not read assembly.
 */
import type { FunctionInfo } from '../model/declarations.ts';
import { lineDirective } from './function-emitter.ts';

/** Directives whose text spans lines keep their lines in one statement. */
const spansLines = /\.(macro|rept|irp|if)/;
/** Leads elsewhere and back: to another function, by its name or in a register, or to firmware, which keeps no more than a function does. */
const calls = /\b(bl|blr|br|hvc|smc|svc)\b|\b(b(\.\w+)?|[ct]bn?z\b[^\n;]*,)\s+[A-Za-z_]/;
/** What it changes is not to be read here: names that the assembler puts together, or another exception level. */
const hides = /\\|\.(macro|irp|req|inst|word|long|include)\b|\beret\b/;

/** The address of an access, in registers that it leaves alone. */
const isRead = /\[[^\]]*\](?!\s*[!,])/g;

const generalRegisters = Array.from({ length: 31 }, (_, index) => index);
const linkRegister = 30;
/** x0 to x18: what any function may change [AAPCS64 "General-purpose Registers"]. */
const callerSaved = generalRegisters.slice(0, 19);

/** Numbers of the general registers that the text may change: all that it mentions, and what a call may change if it calls. */
export function changedRegisters(assembly: string): readonly number[] {
  const text = assembly.replace(/\/\/.*/g, '').replace(isRead, '');
  if (hides.test(text)) return generalRegisters;
  const mentioned = new Set([...text.matchAll(/\b[xw](\d+)\b/gi)].map(([, number]) => Number(number)));
  if (/\blr\b/i.test(text)) mentioned.add(linkRegister);
  if (calls.test(text)) for (const one of [...callerSaved, linkRegister]) mentioned.add(one);
  return generalRegisters.filter((one) => mentioned.has(one));
}

/** One statement a line, each with its source line, so that a debugger steps through the assembly in TypeScript. */
export function emitNaked(of: FunctionInfo, signature: string): string[] {
  const { lines, section, align } = of.naked!;
  const file = JSON.stringify(of.node.getSourceFile().fileName);
  const attributes = ['naked', 'used', 'noinline'];
  if (section !== undefined) attributes.push(`section(${JSON.stringify(section)})`);
  if (align !== undefined) attributes.push(`aligned(${align})`);
  const text = (one: string): string => JSON.stringify(`${one}\n`);
  const body = lines.some((one) => spansLines.test(one.text))
    ? [`  __asm__(${lines.map((one) => text(one.text)).join(' ')});`]
    : lines.flatMap((one) => [`#line ${one.line} ${file}`, `  __asm__(${text(one.text)});`]);
  const changed = [...changedRegisters(lines.map((one) => one.text).join('\n')).map((one) => `x${one}`), 'cc', 'memory'];
  const clobbers = `  __asm__("" : : : ${changed.map((one) => JSON.stringify(one)).join(', ')});`;
  return [lineDirective(of.node), `__attribute__((${attributes.join(', ')})) ${signature} {`, clobbers, ...body, '}'];
}
