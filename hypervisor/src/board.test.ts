/** What the hypervisor reads out of a board's device tree: board.ts with device-node.ts. */
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BootFunctions } from '../test/boot-functions.ts';
import { load, type ProgramUnderTest } from '../test/program-under-test.ts';
import { compileTree, qemuTree, treeSource, type Board } from '../test/qemu-tree.ts';
import { mutations } from '../test/tree-mutations.ts';

const MIB = 1n << 20n;
const NONE = 0xffff_ffff_ffff_ffffn;
const DISTRIBUTOR = 0;
const REDISTRIBUTORS = 1;
const UART = 2;
const CPU_INTERFACE = 3;
const HYPERVISOR_INTERFACE = 4;
const GUEST_INTERFACE = 5;
/** controller-kind.ts. */
const GICV3 = 0;
const GICV2 = 1;

let boot: ProgramUnderTest<BootFunctions>;
/** Calls of the firmware, with the conduit first. */
const firmwareCalls: (string | bigint)[][] = [];

beforeAll(async () => {
  const conduit = (name: string) => (...operands: (number | bigint)[]) => {
    firmwareCalls.push([name, ...operands.map((one) => BigInt.asUintN(64, BigInt(one)))]);
    return 0n;
  };
  boot = await load<BootFunctions>('boot-under-test', { hooks: { instructions_smc: conduit('smc'), instructions_hvc: conduit('hvc') } });
});
beforeEach(() => {
  boot.reset();
  firmwareCalls.length = 0;
});

function discover(tree: Uint8Array): boolean {
  expect(boot.call.fdtOpen(boot.placeAtEnd(tree), tree.length)).toBe(true);
  return boot.call.boardDiscover();
}
const region = (which: number): bigint[] => [boot.call.boardRegionBase(which), boot.call.boardRegionBytes(which)];
const affinities = (): bigint[] => Array.from({ length: boot.call.cpuCount() }, (_, index) => boot.call.cpuAffinity(index));

/** All RAM that is free, as ranges of whole `grain`s; nothing is left afterwards. */
function freeRam(grain: bigint): [bigint, bigint][] {
  const blocks: bigint[] = [];
  for (let block = boot.call.ramClaim(grain, grain); block !== NONE; block = boot.call.ramClaim(grain, grain)) blocks.push(block);
  blocks.sort((a, b) => (a < b ? -1 : 1));
  const ranges: [bigint, bigint][] = [];
  for (const block of blocks) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === block) last[1] = block + grain;
    else ranges.push([block, block + grain]);
  }
  return ranges;
}

describe("QEMU's virt board", () => {
  it.each<Board>([{ cpus: 1, memoryMib: 512 }, { cpus: 2, memoryMib: 1024 }, { cpus: 4, memoryMib: 4096 }])(
    'with $cpus CPUs and $memoryMib MiB is found as it is',
    ({ cpus, memoryMib }) => {
      expect(discover(qemuTree({ cpus, memoryMib }))).toBe(true);
      expect(affinities()).toEqual(Array.from({ length: cpus }, (_, index) => BigInt(index)));
      expect(boot.call.ramBoardBytes()).toBe(BigInt(memoryMib) * MIB);
      expect(freeRam(2n * MIB)).toEqual([[0x4000_0000n, 0x4000_0000n + BigInt(memoryMib) * MIB]]);
      expect(boot.call.boardControllerKind()).toBe(GICV3);
      expect(region(DISTRIBUTOR)).toEqual([0x800_0000n, 0x1_0000n]);
      expect(region(REDISTRIBUTORS)).toEqual([0x80a_0000n, 0xf6_0000n]);
      expect(region(UART)).toEqual([0x900_0000n, 0x1000n]);
      expect(boot.call.boardUartInterrupt()).toBe(33);
      expect(boot.call.boardHasPsci()).toBe(true);
      boot.call.boardPowerOff();
      expect(firmwareCalls).toEqual([['smc', 0x8400_0008n, 0n, 0n, 0n]]);
    },
  );

  it('without virtualization has its firmware behind hvc', () => {
    discover(qemuTree({ cpus: 1, memoryMib: 128, virtualization: false }));
    boot.call.boardPowerOff();
    expect(firmwareCalls).toEqual([['hvc', 0x8400_0008n, 0n, 0n, 0n]]);
  });

  it('with a GICv2 has its four parts', () => {
    expect(discover(qemuTree({ cpus: 1, memoryMib: 128, machine: 'gic-version=2' }))).toBe(true);
    expect(boot.call.boardControllerKind()).toBe(GICV2);
    expect(region(DISTRIBUTOR)).toEqual([0x800_0000n, 0x1_0000n]);
    expect([CPU_INTERFACE, HYPERVISOR_INTERFACE, GUEST_INTERFACE].map(region)).toEqual([
      [0x801_0000n, 0x1_0000n], [0x803_0000n, 0x1_0000n], [0x804_0000n, 0x1_0000n],
    ]);
  });

  it('with a secure UART as well has the console that /chosen names', () => {
    const tree = qemuTree({ cpus: 1, memoryMib: 128, machine: 'gic-version=3,secure=on' });
    expect(treeSource(tree).match(/pl011@/g)?.length).toBeGreaterThan(2);
    discover(tree);
    expect(region(UART)).toEqual([0x900_0000n, 0x1000n]);
  });

  it('gives more processors than the hypervisor takes, which are left alone', () => {
    discover(qemuTree({ cpus: 12, memoryMib: 128 }));
    expect(affinities()).toEqual([0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n]);
  });
});

const uart = (name: string, base: string, more = '', spi = 1): string =>
  `${name} { compatible = "arm,pl011", "arm,primecell"; reg = <0x0 ${base} 0x0 0x1000>; interrupts = <0 ${spi} 4>; ${more} };`;
const board = (body: string): Buffer => compileTree(`/dts-v1/; / { #address-cells = <2>; #size-cells = <2>; ${body} };`);

describe('the console', () => {
  const two = uart('serial@1000', '0x1000') + uart('serial@2000', '0x2000', '', 7);
  it.each([
    ['the first UART where nothing is said', '', 0x1000n, 33],
    ['a path', 'chosen { stdout-path = "/serial@2000"; };', 0x2000n, 39],
    ['a path with options', 'chosen { stdout-path = "/serial@2000:115200n8"; };', 0x2000n, 39],
    ['an alias', 'chosen { stdout-path = "con"; }; aliases { co = "/serial@1000"; con = "/serial@2000"; };', 0x2000n, 39],
    ['an alias with options', 'chosen { stdout-path = "con:9600"; }; aliases { con = "/serial@2000"; };', 0x2000n, 39],
    ['the first where the path leads nowhere', 'chosen { stdout-path = "/serial@3000"; };', 0x1000n, 33],
    ['the first where the path is too short', 'chosen { stdout-path = "/serial@200"; };', 0x1000n, 33],
    ['the first where the alias is unknown', 'chosen { stdout-path = "co"; }; aliases { con = "/serial@2000"; };', 0x1000n, 33],
    ['serial0 where nothing is said', 'aliases { serial0 = "/serial@2000"; };', 0x2000n, 39],
    ['serial0 where the alias is unknown', 'chosen { stdout-path = "co"; }; aliases { serial0 = "/serial@2000"; };', 0x2000n, 39],
    ['the first where the path is empty', 'chosen { stdout-path = ""; };', 0x1000n, 33],
  ])('is %s', (_, chosen, base, interrupt) => {
    expect(discover(board(two + chosen))).toBe(true);
    expect(region(UART)[0]).toBe(base);
    expect(boot.call.boardUartInterrupt()).toBe(interrupt);
  });

  it('may be named after the UARTs or before, and lie deeper', () => {
    const deep = `a { #address-cells = <2>; #size-cells = <2>; b { #address-cells = <2>; #size-cells = <2>; ${uart('u@5', '0x5000')} }; };`;
    discover(board(`chosen { stdout-path = "/a/b/u@5"; }; ${two} ${deep}`));
    expect(region(UART)[0]).toBe(0x5000n);
  });

  it.each([
    ['before both', (uarts: string, aliases: string, chosen: string) => uarts + aliases + chosen],
    ['before them, the other way round', (uarts: string, aliases: string, chosen: string) => uarts + chosen + aliases],
    ['behind them', (uarts: string, aliases: string, chosen: string) => aliases + chosen + uarts],
    ['between them', (uarts: string, aliases: string, chosen: string) => chosen + uarts + aliases],
  ])('may be named by an alias where the UARTs stand %s, and nothing is taken twice', (_, order) => {
    const cpus = 'cpus { #address-cells = <1>; #size-cells = <0>; cpu@1 { device_type = "cpu"; enable-method = "psci"; reg = <1>; }; cpu@2 { device_type = "cpu"; reg = <2>; }; };';
    const memory = 'memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x1000000>; };';
    const aliases = 'aliases { serial0 = "/serial@1000"; con = "/serial@2000"; };';
    discover(board(cpus + memory + order(two, aliases, 'chosen { stdout-path = "con:9600"; };')));
    expect([region(UART)[0], boot.call.boardUartInterrupt()]).toEqual([0x2000n, 39]);
    expect([affinities(), boot.call.boardCpusOff(), boot.call.ramBoardBytes()]).toEqual([[1n], 1, 0x100_0000n]);
  });

  it('is not a UART that is disabled', () => {
    discover(board(uart('serial@1000', '0x1000', 'status = "disabled";') + uart('serial@2000', '0x2000', 'status = "okay";')));
    expect(region(UART)[0]).toBe(0x2000n);
  });

  it('has no interrupt where the tree gives a PPI or none', () => {
    discover(board('s@1 { compatible = "arm,pl011"; reg = <0 1 0 1>; interrupts = <1 5 4>; };'));
    expect(boot.call.boardUartInterrupt()).toBe(0);
  });
});

describe('processors', () => {
  it('have one cell or two of affinity, and only those that are enabled count', () => {
    const cpu = (reg: string, more = ''): string => `cpu@${reg.replaceAll(' ', '')} { device_type = "cpu"; enable-method = "psci"; reg = <${reg}>; ${more} };`;
    const two = `cpus { #address-cells = <2>; #size-cells = <0>; ${cpu('0 0x100')} ${cpu('1 0x203')} ${cpu('0 5', 'status = "fail";')} };`;
    discover(board(two));
    expect(affinities()).toEqual([0x100n, 0x1_0000_0203n]);
    boot.reset();
    discover(board(`cpus { #address-cells = <1>; #size-cells = <0>; ${cpu('0')} ${cpu('0x101')} };`));
    expect(affinities()).toEqual([0n, 0x101n]);
  });
});

describe('how processors start', () => {
  const cpu = (reg: string, more: string): string => `cpu@${reg} { device_type = "cpu"; reg = <${reg}>; ${more} };`;
  const cpus = (...all: string[]): string => `cpus { #address-cells = <1>; #size-cells = <0>; ${all.join(' ')} };`;
  const affinities = (): bigint[] => Array.from({ length: boot.call.cpuCount() }, (_, index) => boot.call.cpuAffinity(index));

  it('is by a word in memory where the tree says so', () => {
    discover(board(cpus(cpu('0', 'enable-method = "spin-table"; cpu-release-addr = <0 0xd8>;'), cpu('1', 'enable-method = "spin-table"; cpu-release-addr = <1 0xe0>;'))));
    expect([boot.call.cpuReleaseAddress(0), boot.call.cpuReleaseAddress(1)]).toEqual([0xd8n, 0x1_0000_00e0n]);
  });

  it('is not known for those without a method, of which only the one that booted stays', () => {
    boot.program.registers.set('MPIDR_EL1', 0x8000_0002n);
    discover(board(cpus(cpu('1', ''), cpu('2', ''), cpu('3', 'enable-method = "brcm,other";'), cpu('4', 'enable-method = "spin-table"; cpu-release-addr = <0 0>;'), cpu('5', 'enable-method = "psci";'))));
    expect(affinities()).toEqual([2n, 5n]);
    expect(boot.call.boardCpusOff()).toBe(3);
  });

  it.each([
    ['the standard call', '"arm,psci-1.0", "arm,psci"', 'cpu_on = <7>;', 0xc400_0003n],
    ["PSCI 0.1's own", '"arm,psci"', 'cpu_on = <0x95c10002>;', 0x95c1_0002n],
  ])('is %s', (_, compatible, more, id) => {
    discover(board(`psci { compatible = ${compatible}; method = "smc"; ${more} };`));
    boot.call.boardStartCpu(3n, 0x4000n);
    expect(firmwareCalls).toEqual([['smc', id, 3n, 0x4000n, 0n]]);
  });
});

describe('addresses', () => {
  const deep = (outer: string, inner: string): Buffer =>
    board(`soc { #address-cells = <1>; #size-cells = <1>; ${outer} bus@1 { #address-cells = <2>; #size-cells = <1>; ${inner}
      u@0 { compatible = "arm,pl011"; reg = <1 0x200 0x100>; }; }; };`);

  it('go through every bus above', () => {
    discover(deep('ranges = <0 1 0 0x1000000>, <0x7e000000 0 0x3f000000 0x1000000>;', 'ranges = <0 0 0x1000 0x100>, <1 0 0x7e201000 0x1000>;'));
    expect(region(UART)).toEqual([0x3f20_1200n, 0x100n]);
  });
  it('are the same above a bus that says so', () => {
    discover(deep('ranges;', 'ranges = <1 0 0x7e201000 0x1000>;'));
    expect(region(UART)[0]).toBe(0x7e20_1200n);
  });
  it.each([['without ranges', '', 'ranges;'], ['outside its ranges', 'ranges;', 'ranges = <1 0 0x7e201000 0x100>;']])('lead nowhere on a bus %s', (_, outer, inner) => {
    discover(deep(outer, inner));
    expect(region(UART)[1]).toBe(0n);
  });
});

describe('the timer', () => {
  const timer = (cells: string, name = 'interrupts'): number[] => {
    discover(board(`timer { compatible = "arm,armv8-timer"; ${name} = <${cells}>; };`));
    return [0, 1, 2, 3].map((which) => boot.call.boardPrivate(which));
  };
  it('has the interrupts that the tree gives', () => expect(timer('1 2 4 1 3 4 1 4 4 1 1 4')).toEqual([25, 19, 20, 17]));
  it('with four cells each', () => expect(timer('1 13 4 0 1 14 4 0 1 11 4 0 1 10 4 0')).toEqual([25, 30, 27, 26]));
  it('each with its controller', () => expect(timer('9 1 1 4 9 1 2 4 9 1 3 4 9 1 0 4', 'interrupts-extended')).toEqual([25, 18, 19, 16]));
  it('has the usual ones where they make no sense', () => expect(timer('0 2 4 0 3 4 1 99 4 1 4294967295 4')).toEqual([25, 30, 27, 26]));
  it('is missed where there is none', () => {
    discover(board(''));
    expect(boot.call.boardHasTimer()).toBe(false);
  });
});

describe('RAM', () => {
  it('is every bank of every memory node, less what is reserved and the image', () => {
    discover(
      board(`memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x10000000>, <8 0 0 0x8000000>; };
        memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x1000000>; };
        reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
          firmware@4f000000 { reg = <0 0x4f000000 0 0x200000>; no-map; }; tz@800000000 { reg = <8 0 0 0x100000>; }; };`),
    );
    boot.call.boardReserve(0x4020_0000n, 0x40_0000n);
    expect(boot.call.ramBoardBytes()).toBe(0x1910_0000n - 0x10_0000n);
    expect(freeRam(0x10_0000n)).toEqual([
      [0x4000_0000n, 0x4020_0000n], [0x4060_0000n, 0x4f00_0000n], [0x4f20_0000n, 0x5000_0000n], [0x8000_0000n, 0x8100_0000n],
      [0x8_0010_0000n, 0x8_0800_0000n],
    ]);
  });

  it('does not begin inside /reserved-memory, even if a node there is named memory', () => {
    discover(
      board(`memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x1000000>; };
        reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; memory@40800000 { reg = <0 0x40800000 0 0x100000>; no-map; }; };`),
    );
    boot.call.boardReserve(0n, 0n);
    expect(freeRam(0x10_0000n)).toEqual([[0x4000_0000n, 0x4080_0000n], [0x4090_0000n, 0x4100_0000n]]);
  });

  it('does not have what a reserved node names second', () => {
    discover(
      board(`memory@0 { device_type = "memory"; reg = <0 0 0 0x1000000>; };
        reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; a { reg = <0 0x100000 0 0x100000>, <0 0x300000 0 0x100000>; }; };`),
    );
    boot.call.boardReserve(0n, 0n);
    expect(freeRam(0x10_0000n)).toEqual([[0n, 0x10_0000n], [0x20_0000n, 0x30_0000n], [0x40_0000n, 0x100_0000n]]);
  });

  it('does not have what the reservation block names', () => {
    discover(compileTree(`/dts-v1/; /memreserve/ 0x200000 0x100000; / { #address-cells = <1>; #size-cells = <1>;
      memory@0 { device_type = "memory"; reg = <0 0x1000000>; }; };`));
    boot.call.boardReserve(0n, 0n);
    expect(freeRam(0x10_0000n)).toEqual([[0n, 0x20_0000n], [0x30_0000n, 0x100_0000n]]);
  });

  it.each(['before', 'behind'])('is not given out where a board reserves more regions than can be told apart, %s its RAM', (place) => {
    const regions = Array.from({ length: 100 }, (_, index) => `r@${index} { reg = <0 0x${(index * 0x20_0000).toString(16)} 0 0x100000>; };`);
    const reserved = `reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; ${regions.join(' ')} };`;
    const memory = 'memory@0 { device_type = "memory"; reg = <0 0 0 0xc800000>; };';
    discover(board(place === 'before' ? `${reserved} ${memory}` : `${memory} ${reserved}`));
    boot.call.boardReserve(0n, 0n);
    expect(boot.call.ramBoardBytes()).toBe(0xc80_0000n);
    const free = freeRam(0x10_0000n);
    expect(free.length).toBeGreaterThan(16);
    for (const [start, end] of free) {
      expect(start % 0x20_0000n, 'starts behind a reservation').toBe(0x10_0000n);
      expect(end - start).toBe(0x10_0000n);
    }
  });
});

describe('a damaged tree', () => {
  it('never makes the discovery trap, read outside the blob, or go on for ever', () => {
    const trees = [
      qemuTree({ cpus: 2, memoryMib: 256 }),
      board(`memory@0 { device_type = "memory"; reg = <0 0 0 0x1000000>; }; ${uart('s@1', '1')} aliases { c = "/s@1"; };
        chosen { stdout-path = "c"; rng-seed = [0102]; }; reserved-memory { a { reg = <1 2 3>; }; };`),
    ];
    let discovered = 0;
    fc.assert(
      fc.property(fc.constantFrom(...trees), mutations, (tree, mutate) => {
        boot.reset();
        const damaged = mutate(tree);
        if (!boot.call.fdtOpen(boot.placeAtEnd(damaged), damaged.length)) return;
        boot.call.boardDiscover();
        boot.call.boardReserve(0x4000_0000n, 0x20_0000n);
        discovered += 1;
      }),
      { numRuns: 2000, seed: 3 },
    );
    expect(discovered).toBeGreaterThan(500);
  });
});
