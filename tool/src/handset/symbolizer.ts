/**
 * Names for the addresses in the hypervisor's panic dump.
 *
 * A line `  at <address>` after `panic:` gets the function and the TypeScript line behind it. Without LLVM's
 * symbolizer or the ELF the addresses stay as they are: a dump is never lost for want of its names.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { findProgram } from '../programs.ts';
import { projectRoot } from '../project.ts';
import { LLVM_VERSIONS } from '../setup/llvm-tools.ts';

const SYMBOLIZERS = LLVM_VERSIONS.map((version) => `llvm-symbolizer-${String(version)}`);
/** A dump is short; a damaged one must not start a process a line for ever. */
const ADDRESSES_MAX = 64;
const INSTRUCTION_BYTES = 4n;

interface Frame {
  readonly FunctionName?: string;
  readonly FileName?: string;
  readonly Line?: number;
}

function frameText({ FunctionName = '', FileName = '', Line = 0 }: Frame): string {
  const file = FileName.startsWith('/') ? relative(projectRoot, FileName) : FileName;
  const line = file === '' ? '' : ` (${file}${Line > 0 ? `:${String(Line)}` : ''})`;
  return FunctionName === '' ? '' : `${FunctionName}${line}`;
}

/** The function and line at `address`, the inlined callers after it; null where nothing is known. */
export function symbolize(elfFile: string, address: string): string | null {
  const program = SYMBOLIZERS.map((name) => findProgram(name)).find((file) => file !== null);
  if (!program || !existsSync(elfFile)) return null;
  const run = spawnSync(program, ['--output-style=JSON', `--obj=${elfFile}`, address], { encoding: 'utf8' });
  try {
    const [answer] = JSON.parse(run.stdout) as { Symbol?: Frame[] }[];
    const frames = (answer?.Symbol ?? []).map(frameText).filter((text) => text !== '');
    return frames.length === 0 ? null : frames.join(', inlined in ');
  } catch {
    return null;
  }
}

/** Follows the hypervisor's lines, and adds names to those of a dump. */
export class DumpReader {
  private addressesLeft = 0;

  constructor(private readonly elfFile: string | null) {}

  annotate(line: string): string {
    if (line.startsWith('panic:')) this.addressesLeft = ADDRESSES_MAX;
    const address = /^\s+at\s+(?:0x)?([0-9a-f]+)\s*$/i.exec(line)?.[1];
    if (address === undefined || this.addressesLeft === 0 || this.elfFile === null) return line;
    // The first is where the fault was; the others are where calls return to, one instruction after the call.
    const back = this.addressesLeft === ADDRESSES_MAX ? 0n : INSTRUCTION_BYTES;
    this.addressesLeft -= 1;
    const names = symbolize(this.elfFile, `0x${(BigInt(`0x${address}`) - back).toString(16)}`);
    return names === null ? line : `${line.trimEnd()} ${names}`;
  }
}
