/**
 * The hypervisor's discovery on every device tree that Debian's arm64 kernel ships, against another reading of the same trees: this
 * one keeps the whole tree, looks names up in full and adds addresses with JavaScript's own numbers.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { cellsOf, childAt, type FlatNode, flatten, node, readTree, textOf } from '../image/device-tree.ts';
import { projectRoot } from '../project.ts';
import { ensureDeviceTrees } from '../setup/index.ts';
import { uartRows } from './board-table.ts';
import { type DiscoveredBoard, Discovery } from './discovered-board.ts';

/** Those of names.ts, in its order, from 1 on. */
const [, properties = ''] = /^const PROPERTIES: readonly string\[\] = \[$(.*?)^\];$/ms.exec(readFileSync(resolve(projectRoot, 'hypervisor/src/names.ts'), 'utf8')) ?? [];
const PROPERTIES = [...properties.matchAll(/'([^']+)'/g)].map(([, name = '']) => name);
const uarts = uartRows(readFileSync(resolve(projectRoot, 'hypervisor/src/uart-kinds.ts'), 'utf8'));
const GICV2 = ['arm,gic-400', 'arm,cortex-a15-gic', 'qcom,msm-qgic2'];
const CPUS_MAX = 8;
/** Meaning.Uart and Unknown of names.ts. */
const UART_FIRST = 17;
const UNKNOWN = 0;

interface Tree {
  readonly name: string;
  readonly root: FlatNode;
  readonly found: DiscoveredBoard;
}

let trees: Tree[] = [];
let discovery: Discovery;

beforeAll(async () => {
  const { folder, names } = await ensureDeviceTrees({ progress: () => undefined });
  discovery = await Discovery.load();
  trees = names.map((name) => {
    const bytes = readFileSync(join(folder, name));
    return { name, root: readTree(bytes), found: discovery.board(bytes) };
  });
}, 300_000);

const compatibles = (one: FlatNode): string[] => one.properties.get('compatible')?.bytes.toString('latin1').split('\0').filter((text) => text !== '') ?? [];
const isOff = (one: FlatNode): boolean => one.properties.has('status') && !['ok', 'okay'].includes(textOf(one, 'status'));
const number = (cells: readonly number[]): bigint => cells.reduce((value, cell) => ((value << 32n) | BigInt(cell)) & 0xffff_ffff_ffff_ffffn, 0n);
const cellCount = (one: FlatNode, name: string, otherwise: number): number => cellsOf(one, name)[0] ?? otherwise;

/** The nodes from the root to each node. */
function* paths(path: readonly FlatNode[]): Generator<readonly FlatNode[]> {
  yield path;
  for (const child of path.at(-1)?.children ?? []) yield* paths([...path, child]);
}

function entries(one: FlatNode, parent: FlatNode): { base: bigint; bytes: bigint }[] {
  const [a, s] = [cellCount(parent, '#address-cells', 2), cellCount(parent, '#size-cells', 1)];
  const cells = cellsOf(one, 'reg');
  return Array.from({ length: Math.floor(cells.length / Math.max(a + s, 1)) }, (_, index) => {
    const at = index * (a + s);
    return { base: number(cells.slice(at, at + a)), bytes: number(cells.slice(at + a, at + a + s)) };
  });
}

/** The physical address of entry `index`; null where no bus leads there. */
function physical(path: readonly FlatNode[], index: number): bigint | null {
  const [leaf, parent] = [path.at(-1)!, path.at(-2)!];
  let address = entries(leaf, parent)[index]?.base;
  if (address === undefined) return null;
  for (let depth = path.length - 2; depth > 0; depth -= 1) {
    const bus = path[depth]!;
    const ranges = bus.properties.get('ranges');
    if (!ranges) return null;
    if (ranges.bytes.length === 0) continue;
    const widths = [cellCount(bus, '#address-cells', 2), cellCount(path[depth - 1]!, '#address-cells', 2), cellCount(bus, '#size-cells', 1)] as const;
    const stride = widths[0] + widths[1] + widths[2];
    const cells = cellsOf(bus, 'ranges');
    let above: bigint | null = null;
    for (let at = 0; at + stride <= cells.length && above === null; at += stride) {
      const child = number(cells.slice(at, at + widths[0]));
      const size = number(cells.slice(at + widths[0] + widths[1], at + stride));
      if (address >= child && address - child < size) above = number(cells.slice(at + widths[0], at + widths[0] + widths[1])) + (address - child);
    }
    if (above === null) return null;
    address = above;
  }
  return address;
}

function each(check: (tree: Tree) => [found: unknown, expected: unknown] | null): void {
  expect(trees.length).toBeGreaterThan(500);
  const wrong = trees.flatMap((tree) => {
    const pair = check(tree);
    const [found, expected] = (pair ?? []).map((one) => JSON.stringify(one, (_, value: unknown) => (typeof value === 'bigint' ? value.toString(16) : value)));
    return found === expected ? [] : [`${tree.name}: found ${found ?? ''}, expected ${expected ?? ''}`];
  });
  expect(wrong).toEqual([]);
}

describe('on every board', () => {
  test('the processors are those that start, and the one it booted on', () => {
    each(({ root, found }) => {
      const cpus = childAt(root, ['cpus']);
      const all = (cpus?.children ?? []).filter((one) => textOf(one, 'device_type') === 'cpu' && !isOff(one));
      const startable = all.filter((one, index) => {
        const method = textOf(one, 'enable-method');
        return index === 0 || method === 'psci' || (method === 'spin-table' && number(cellsOf(one, 'cpu-release-addr')) !== 0n);
      });
      const expected = startable.slice(0, CPUS_MAX).map((one) => number(cellsOf(one, 'reg')));
      return [[found.affinities, found.cpusOff], [expected, all.length - startable.length]];
    });
  });

  test('the RAM is what the memory nodes have together', () => {
    each(({ root, found }) => {
      const banks = root.children.filter((one) => one.name.split('@')[0] === 'memory').flatMap((one) => entries(one, root));
      return [found.ramBytes, banks.reduce((sum, { bytes }) => sum + bytes, 0n)];
    });
  });

  test('the interrupt controller is the GIC, at its physical address, or the Raspberry Pi 3’s', () => {
    each(({ root, found }) => {
      const all = [...paths([root])].filter((path) => !isOff(path.at(-1)!));
      const gic = all.find((path) => compatibles(path.at(-1)!).some((name) => name === 'arm,gic-v3' || GICV2.includes(name)));
      if (!gic) return [found.controller, 'bcm2836'];
      const isGicv3 = compatibles(gic.at(-1)!).includes('arm,gic-v3');
      const other = isGicv3 ? found.regions.redistributors : found.regions.cpuInterface;
      const size = entries(gic.at(-1)!, gic.at(-2)!)[1]?.bytes ?? 0n;
      const repeated = !isGicv3 && size >= 0x2_0000n ? 0xf000n : 0n;
      return [
        [found.controller, found.regions.distributor.base, other.base],
        [isGicv3 ? 'GICv3' : 'GICv2', physical(gic, 0), (physical(gic, 1) ?? 0n) + repeated],
      ];
    });
  });

  test('the console is where stdout-path or serial0 leads, if that is a UART that is on', () => {
    let named = 0;
    each(({ root, found }) => {
      const aliases = childAt(root, ['aliases']);
      const [said = ''] = textOf(childAt(root, ['chosen']) ?? root, 'stdout-path').split(':');
      const path = (said.startsWith('/') ? said : aliases && said !== '' ? textOf(aliases, said) : '') || (aliases ? textOf(aliases, 'serial0') : '');
      const here = [...paths([root])].find((one) => path !== '' && one.map(({ name }) => name).join('/') === path);
      const kind = here && uarts.findIndex(({ compatible }) => compatible.some((name) => compatibles(here.at(-1)!).includes(name)));
      if (!here || kind === undefined || kind < 0 || isOff(here.at(-1)!)) return null;
      named += 1;
      return [[found.uartKind, found.regions.uart.base], [kind, physical(here, 0)]];
    });
    expect(named).toBeGreaterThan(500);
  });

  test('the firmware is called as the tree says', () => {
    each(({ root, found }) => {
      const psci = [...paths([root])].map((path) => path.at(-1)!).find((one) => compatibles(one).some((name) => name.startsWith('arm,psci')) && !isOff(one));
      return [found.conduit, psci ? textOf(psci, 'method') : null];
    });
  });

  test('the timer is there, and its interrupts are private ones, each another', () => {
    each(({ found }) => [
      [found.hasTimer, new Set(found.privates).size, found.privates.every((intid) => intid >= 16 && intid < 32)], [true, 4, true],
    ]);
    const phone = trees.find(({ name }) => name === 'qcom/msm8916-samsung-a5u-eur.dtb');
    expect(phone?.found.privates).toEqual([16, 19, 20, 17]);
  });
});

test('no name of any node is taken for another', () => {
  const names = [...new Set(trees.flatMap(({ root }) => [...paths([root])].flatMap((path) => compatibles(path.at(-1)!))))];
  expect(names.length).toBeGreaterThan(3000);
  const all = names.map((name, index) => node(`n${String(index)}`, { compatible: name }));
  const meanings = discovery.meanings(flatten(node('', {}, all)));
  const known = names.filter((_, index) => meanings[index] !== UNKNOWN);
  const uartNames = uarts.flatMap(({ compatible }, kind) => compatible.map((name) => [name, UART_FIRST + kind] as const));
  for (const [name, kind] of uartNames.filter(([name]) => names.includes(name))) expect(meanings[names.indexOf(name)], name).toBe(kind);
  const others = known.filter((name) => !uartNames.some(([one]) => one === name));
  expect(others.sort()).toEqual([
    'arm,armv7-timer', 'arm,armv8-timer', 'arm,cortex-a15-gic', 'arm,gic-400', 'arm,gic-v3', 'arm,psci-0.2', 'arm,psci-1.0',
    'brcm,bcm2836-armctrl-ic', 'brcm,bcm2836-l1-intc', 'qcom,msm-qgic2',
  ]);
});

test('no property of any node is taken for another', () => {
  const names = [...new Set(trees.flatMap(({ root }) => [...paths([root])].flatMap((path) => [...path.at(-1)!.properties.keys()])))];
  expect(names.length).toBeGreaterThan(1000);
  const all = names.map((name, index) => node(`n${String(index)}`, { [name]: '' }));
  const found = discovery.properties(flatten(node('', {}, all)), PROPERTIES.length);
  expect(names.map((name, index) => [name, PROPERTIES[found[index]! - 1] ?? name])).toEqual(names.map((name) => [name, name]));
  const known = PROPERTIES.filter((name) => names.includes(name));
  expect(known.filter((name) => found[names.indexOf(name)] === 0)).toEqual([]);
  expect(known.length).toBeGreaterThan(15);
});
