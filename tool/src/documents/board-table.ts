/** docs/boards.md: the boards that the host tool starts, and the UARTs that the hypervisor knows. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { boards } from '../boards/index.ts';
import { projectRoot } from '../project.ts';
import { type GeneratedDocument, heading, markdownTable } from './generated-document.ts';

const UARTS = 'hypervisor/src/uart-kinds.ts';

export function uartKinds(source: string): readonly string[] {
  const lists = [...source.matchAll(/compatible: \[([^\]]+)\]/g)].map(([, list = '']) => list);
  return lists.flatMap((list) => [...list.matchAll(/'([^']+)'/g)].map(([, compatible = '']) => compatible));
}

function range(usual: number, min: number, max: number): string {
  return min === max ? String(usual) : `${String(usual)} (${String(min)} to ${String(max)})`;
}

export function boardTable(): GeneratedDocument {
  const rows = Object.values(boards).map(({ name, machine, gic, cpuModels, deviceTree, ...size }) => [
    `\`${name}\``,
    `\`${machine}\``,
    deviceTree === null ? "QEMU's own" : `\`${deviceTree}\``,
    gic === null ? 'no GIC' : `GICv${String(gic)}`,
    cpuModels.join(', '),
    range(size.cpus, size.cpusMin, size.cpusMax),
    `${range(size.memoryMib, size.memoryMibMin, size.memoryMibMax)} MiB`,
  ]);
  const uarts = uartKinds(readFileSync(resolve(projectRoot, UARTS), 'utf8'));
  const text = `${markdownTable(['board', "QEMU's machine", 'device tree', 'interrupts', 'CPU models, the default first', 'CPUs', 'memory'], rows)}
The hypervisor itself reads the board from its device tree. It drives these UARTs, by their \`compatible\`: ${uarts.map((one) => `\`${one}\``).join(', ')}.\n`;
  return { path: 'docs/boards.md', text: heading('Boards', ['tool/src/boards', UARTS]) + text };
}
