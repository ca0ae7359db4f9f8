/** Device trees of real boards: what QEMU gives its `virt` board, and what dtc makes of a source. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface Board {
  readonly cpus: number;
  readonly memoryMib: number;
  /** QEMU's options for the machine `virt`. */
  readonly machine?: string;
  /** What the firmware adds: without it PSCI is called by hvc. */
  readonly virtualization?: boolean;
}

export function qemuTree({ cpus, memoryMib, machine = 'gic-version=3', virtualization = true }: Board): Buffer {
  const folder = mkdtempSync(path.join(tmpdir(), 'thimble-tree-'));
  try {
    const file = path.join(folder, 'board.dtb');
    const options = `virt,${machine},virtualization=${virtualization ? 'on' : 'off'},dumpdtb=${file}`;
    const emulator = ['-machine', options, '-cpu', 'cortex-a72', '-smp', String(cpus), '-m', String(memoryMib), '-display', 'none', '-nic', 'none'];
    execFileSync('qemu-system-aarch64', emulator, { stdio: 'ignore' });
    // QEMU's blob is 1 MiB of mostly nothing; dtc leaves that out.
    return execFileSync('dtc', ['-q', '-I', 'dtb', '-O', 'dtb', file], { maxBuffer: 1 << 24 });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function compileTree(source: string): Buffer {
  return execFileSync('dtc', ['-q', '-I', 'dts', '-O', 'dtb'], { input: source, maxBuffer: 1 << 24 });
}

/** The source that dtc reads out of a blob. */
export function treeSource(tree: Uint8Array): string {
  return execFileSync('dtc', ['-q', '-I', 'dtb', '-O', 'dts'], { input: tree, maxBuffer: 1 << 24, encoding: 'utf8' });
}
