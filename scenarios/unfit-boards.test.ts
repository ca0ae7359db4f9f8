/** Boards that do not give the hypervisor what it needs: it says what is missing, instead of failing without a word. The last `-machine` counts. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineHandset, linux } from 'thimble';
import { describe, expect, test } from 'vitest';
import { guest, launched, PATIENCE } from './handset-under-test.ts';
import { answer, booted } from './linux-shell.ts';

const machines = [{ name: 'hello', memoryMib: 2, image: guest('hello') }];

describe('a board that starts it at EL1', () => {
  const handset = launched(defineHandset({ machines }), { extraArguments: ['-machine', 'virtualization=off'] });

  test('is told so in words', async () => {
    await handset().hypervisor.expect(/^thimble: entered below EL2: [^\n]+\n/m, PATIENCE);
    expect(handset().hypervisor.lines).toHaveLength(1);
    expect(handset().consoles[0]!.lines).toEqual([]);
  });
});

describe('a board with a secure world', () => {
  const handset = launched(defineHandset({ machines }), { extraArguments: ['-machine', 'secure=on'] });

  test('runs it like any other', async () => {
    await handset().hypervisor.expect('hello: off\n', PATIENCE);
  });
});

describe('a board with a GICv2', () => {
  const handset = launched(defineHandset({ machines }), { extraArguments: ['-machine', 'gic-version=2'] });

  test('runs it like any other', async () => {
    await handset().hypervisor.expect(/^thimble: [^\n]*, GICv2\n/m, PATIENCE);
    await handset().hypervisor.expect('hello: off\n', PATIENCE);
  });
});

/** The device tree that QEMU makes for its board, with something changed in its source. */
function changedTree(change: (source: string) => string, gic = 3): string {
  const folder = mkdtempSync(join(tmpdir(), 'thimble-unfit-'));
  const file = join(folder, 'board.dtb');
  const machine = `virt,gic-version=${gic},virtualization=on,dumpdtb=${file}`;
  execFileSync('qemu-system-aarch64', ['-machine', machine, '-cpu', 'cortex-a53', '-smp', '2', '-m', '1024', '-display', 'none', '-nic', 'none'], { stdio: 'ignore' });
  const source = execFileSync('dtc', ['-q', '-I', 'dtb', '-O', 'dts', file], { encoding: 'utf8' });
  const changed = change(source);
  if (changed === source) throw new Error('the tree has nothing to change');
  writeFileSync(file, execFileSync('dtc', ['-q', '-I', 'dts', '-O', 'dtb'], { input: changed }));
  return file;
}

describe.each([
  ['no timer', /compatible = "arm,armv8-timer[^;]*;/, '', /^thimble: no timer in the device tree\n/m],
] as const)('a board with %s', (_, from, to, said) => {
  const tree = changedTree((source) => source.replace(from, to));
  const handset = launched(defineHandset({ machines }), { extraArguments: ['-dtb', tree] });

  test('is told so in words', async () => {
    await handset().hypervisor.expect(said, PATIENCE);
    expect(handset().hypervisor.lines).toHaveLength(1);
  });
});

describe('a board whose GICv2 does not virtualize', () => {
  const tree = changedTree((source) => source.replace(/ 0x00 0x8030000 0x00 0x10000 0x00 0x8040000 0x00 0x10000>/, '>'), 2);
  const handset = launched(defineHandset({ board: 'qemu-virt-gicv2', machines: [{ name: 'personal', memoryMib: 192, vcpus: 2, image: linux() }] }), { extraArguments: ['-dtb', tree] });

  test('gives guests a CPU interface in software', async () => {
    const [console] = handset().consoles;
    expect((await booted(console!)).name).toBe('personal');
    expect(await answer(console!, 'nproc; sleep 1; echo slept')).toBe('2\nslept');
  });
});

describe('a board with too little memory', () => {
  const handset = launched(defineHandset({ machines: [{ ...machines[0]!, memoryMib: 256 }] }), { memoryMib: 128 });

  test('is told for which machine', async () => {
    await handset().hypervisor.expect(/^manifest: hello: the board has too little RAM[^\n]*\n/m, PATIENCE);
  });
});

describe('a board with a single CPU for machines that were dealt two', () => {
  const handset = launched(defineHandset({ cpus: 2, machines: [{ ...machines[0]!, cpus: [1] }] }), { cpus: 1 });

  test('is told for which machine', async () => {
    await handset().hypervisor.expect(/^manifest: hello: cpus: the board has fewer\n/m, PATIENCE);
  });
});
