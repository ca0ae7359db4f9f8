/**
 * QEMU's log of every single instruction that the CPUs execute in a range of addresses: a line `Trace <cpu>: <…> [<…>/<pc>/<…>]`
 * each. Slow, and long: for programs of some million instructions.
 */
import { spawnSync } from 'node:child_process';
import { needProgram } from '../programs.ts';

/** The version since which one instruction a translation block is a property of the accelerator. */
const ACCELERATOR_PROPERTY_SINCE = 8.1;

/** The accelerator's property or the older option, whichever the installed QEMU knows. */
function oneInstructionABlock(): string[] {
  const qemu = needProgram(process.env['THIMBLE_QEMU'] ?? 'qemu-system-aarch64');
  const version = /version (\d+\.\d+)/.exec(spawnSync(qemu, ['--version'], { encoding: 'utf8' }).stdout)?.[1];
  return Number(version) >= ACCELERATOR_PROPERTY_SINCE ? ['-accel', 'tcg,one-insn-per-tb=on'] : ['-singlestep'];
}

/** Arguments for a log in `file` of the instructions in [from, from + bytes). QEMU completes it when it ends by itself. */
export function instructionLog(file: string, from: number, bytes: number): string[] {
  const range = `0x${from.toString(16)}+0x${bytes.toString(16)}`;
  return [...oneInstructionABlock(), '-d', 'exec,nochain', '-dfilter', range, '-D', file];
}
