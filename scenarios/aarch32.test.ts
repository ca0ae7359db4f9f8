/**
 * Machines whose EL1 is AArch32: Debian's armhf kernel beside its arm64 kernel, and a small program that does what has an answer of its own
 * in AArch32.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BoardName, defineHandset, flat, launch, linux } from 'thimble';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launched, PATIENCE } from './handset-under-test.ts';
import { answer, booted } from './linux-shell.ts';

describe.each<{ board: BoardName; cpu: string; vcpus: number }>([
  { board: 'qemu-virt', cpu: 'cortex-a53', vcpus: 2 },
  { board: 'qemu-virt', cpu: 'cortex-a57', vcpus: 1 },
  { board: 'qemu-virt-gicv2', cpu: 'cortex-a72', vcpus: 2 },
])('two unmodified kernels, of 32 and of 64 bits, on $board with $cpu', ({ board, cpu, vcpus }) => {
  const handset = launched(
    defineHandset({
      board,
      cpu,
      cpus: 2,
      machines: [
        { name: 'old', memoryMib: 192, vcpus, image: linux({ architecture: 'arm' }) },
        { name: 'new', memoryMib: 192, image: linux() },
      ],
    }),
  );

  test('boot to their shells, and say what they are', async () => {
    const [old, recent] = await Promise.all(handset().consoles.map(booted));
    expect([old?.name, recent?.name]).toEqual(['old', 'new']);
    expect(old?.kernelRelease).toMatch(/-armmp|generic/);
    expect(await Promise.all(handset().consoles.map((console) => answer(console, 'uname -m; nproc')))).toEqual([`armv7l\n${String(vcpus)}`, 'aarch64\n1']);
  });

  test('the 32-bit one sees the features that are virtualized, on each of its processors', async () => {
    const info = await answer(handset().console('old'), 'cat /proc/cpuinfo');
    expect(info.match(/^processor/gm)).toHaveLength(vcpus);
    expect(info.match(/^Features.*\bneon\b.*\bvfpv4 idiva idivt vfpd32 lpae\b/gm)).toHaveLength(vcpus);
    expect(await answer(handset().console('old'), "grep -o 'GIC[^ ]*' /proc/interrupts | sort -u")).toMatch(board === 'qemu-virt' ? /^GICv3$/ : /^GIC-0$/);
  });

  test('both compute with floating-point registers at once, on the processors that they share', async () => {
    const sum = "awk 'BEGIN { for (i = 1; i <= 200000; i++) s += 1 / (i * i); printf \"%.9f\", s }'";
    expect(await Promise.all(handset().consoles.map((console) => answer(console, `${sum}; echo; ${sum}`)))).toEqual([
      '1.644929067\n1.644929067', '1.644929067\n1.644929067',
    ]);
  });

  test('a program that reads where nothing answers gets its bus error, and everything goes on', async () => {
    const said = await answer(handset().console('old'), 'devmem 0x0a000000; echo status $?');
    expect(said).toMatch(/Bus error[^]*status 135/);
    await handset().hypervisor.expect(/^old: data abort .* ipa=a000000\n/m, PATIENCE);
    expect(await Promise.all(handset().consoles.map((console) => answer(console, 'echo $((6 * 7))')))).toEqual(['42', '42']);
  });

  test('the 32-bit one resets, and powers off, and the other stays', async () => {
    handset().console('old').write('reboot -f\n');
    await handset().hypervisor.expect('old: reset\n', PATIENCE);
    await booted(handset().console('old'));
    handset().console('old').write('poweroff -f\n');
    await handset().hypervisor.expect('old: off\n', PATIENCE);
    expect(await answer(handset().console('new'), 'uname -m')).toBe('aarch64');
  });
});

/** Placed at 0x40080000. Above each line of words stands what they do, and what they print. */
const PROGRAM = [
  // r10 is the UART; VBAR; "A" if r1 is all ones.
  [0xe3a0a409, 0xe28f0074, 0xee0c0f10, 0xe3710001, 0xe3a00061, 0x03a00041, 0xeb000016],
  // ldr lr, [r10, #0x18], the flag register, in Supervisor mode, where lr is banked: "L" if RXFE is in it.
  [0xe3a0e000, 0xe59ae018, 0xe31e0010, 0xe3a0006c, 0x13a0004c, 0xeb000010],
  // A load and a store at 0x0a000000: "D" and "W" by their handler. MRC of c15: "U". MRC of PMCR: "Z" if it is zero.
  [0xe3a0940a, 0xe5990000, 0xe5890000, 0xee1f0f12, 0xee191f1c, 0xe3510000, 0xe3a0007a, 0x03a0005a, 0xeb000007],
  // A jump to 0x0a000000: "P", and back here. Then the T32 below, a line feed, and SYSTEM_OFF by hvc.
  [0xe28f8000, 0xe12fff19, 0xe28f0075, 0xe12fff30, 0xe3a0000a, 0xeb000001, 0xe59f007c, 0xe1400070],
  // Prints r0.
  [0xe5ca0000, 0xe12fff1e],
  // The vectors.
  [0xeafffffe, 0xea000002, 0xeafffffe, 0xea000005, 0xea000009],
  // Their handlers: undefined, prefetch abort, data abort (DFSR.WnR tells a store). Each sets the SPSR that it returns with: QEMU does not
  // take over what EL2 has written to the SPSR of the mode that it enters.
  [0xe3a00055, 0xe5ca0000, 0xe3a010d3, 0xe16ff001, 0xe1b0f00e],
  [0xe3a00050, 0xe5ca0000, 0xe3a010d3, 0xe16ff001, 0xe1b0f008],
  [0xee151f10, 0xe3110b02, 0xe3a00044, 0x13a00057, 0xe5ca0000, 0xe3a010d3, 0xe16ff001, 0xe25ef004],
  // T32: ite eq; ldreq r3, [r7, #0x18], two bytes long; movne r3, #0x45. "I" if RXFE is in r3.
  [0x20004657, 0x69bbbf0c, 0x20692345, 0x420b2110, 0x2049bf18, 0x47707038, 0x84000008],
].flat();

describe('a flat program in AArch32', () => {
  let folder = '';
  let file = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'thimble-aarch32-'));
    file = join(folder, 'program.bin');
    await writeFile(file, Buffer.from(Uint32Array.from(PROGRAM).buffer));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test.each<[BoardName, string]>([['qemu-virt', 'cortex-a53'], ['qemu-virt', 'max'], ['qemu-virt-gicv2', 'cortex-a57']])(
    'gets the architecture’s answers, on %s with %s',
    async (board, cpu) => {
      const handset = await launch(defineHandset({ board, cpu, cpus: 1, machines: [{ name: 'odd', memoryMib: 16, image: flat({ file, architecture: 'arm' }) }] }));
      expect((await handset.ended).poweredOff).toBe(true);
      expect(handset.console('odd').lines).toEqual(['ALDWUZPI']);
      expect(handset.hypervisor.lines.slice(1).map((line) => line.replace(/ esr=.*/, ''))).toEqual([
        'odd: started', 'odd: data abort pc=40080038', 'odd: data abort pc=4008003c', 'odd: instruction abort pc=a000000', 'odd: off',
      ]);
    },
  );

  test.each(['neoverse-n1', 'a64fx', 'cortex-a76'])('is refused by name on a %s, which has no AArch32 at EL1', async (cpu) => {
    const machines = [{ name: 'odd', memoryMib: 16, image: flat({ file, architecture: 'arm' }) }];
    await expect(launch(defineHandset({ cpu, machines }))).rejects.toThrow(`machines[0].image.architecture: AArch32 at EL1, which ${cpu} does not have`);
    // The same file on another processor than it was built for.
    const handset = await launch(defineHandset({ machines }), { cpu });
    await handset.hypervisor.expect('manifest: odd: no AArch32 at EL1\n', PATIENCE);
    expect(handset.hypervisor.lines.filter((line) => /started|panic/.test(line))).toEqual([]);
    await handset.close();
  });
});
