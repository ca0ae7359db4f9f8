/** What makes a value as wide as it is: `mov w8, w8` behind a load of a word, which has cleared the upper half, and `and w8, w8, #0xff` behind that of a byte. */
import type { Instruction } from './assembly.ts';
import { effectsOf, operandsOf, registerBit } from './instruction-effects.ts';
import type { Liveness } from './liveness.ts';
import type { Edit } from './shorten.ts';

const loadsByte = /^ldu?rb /;

/** The register that an instruction clears the upper part of, and which part that is. */
function extended(text: string): { readonly register: string; readonly toByte: boolean } | undefined {
  const [, target, word, byte] = /^(?:mov w(\d+), w(\d+)|and [wx]\d+, [wx](\d+), #0xff)$/.exec(text) ?? [];
  if (word !== undefined) return word === target ? { register: word, toByte: false } : undefined;
  return byte !== undefined && registerBit(operandsOf(text)[0]!) === registerBit(`x${byte}`) ? { register: byte, toByte: true } : undefined;
}

export function dropExtension(instructions: readonly Instruction[], index: number, liveness: Liveness): Edit | undefined {
  const found = extended(instructions[index]!.text);
  if (found === undefined || instructions[index]!.inAssembly) return undefined;
  for (let at = index; at > 0 && !liveness.isEntered(instructions[at]!); at--) {
    const before = instructions[at - 1]!;
    const effects = effectsOf(before);
    if (effects === undefined) return undefined;
    if ((effects.writes & registerBit(`x${found.register}`)) === 0) continue;
    const isNarrow = operandsOf(before.text)[0] === `w${found.register}` && (!found.toByte || loadsByte.test(before.text));
    return isNarrow ? { to: index, lines: new Map([[instructions[index]!.line, '']]) } : undefined;
  }
  return undefined;
}
