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

export function boardTable(): GeneratedDocument {
  const rows = Object.values(boards).map(({ name, machine, gic, cpuModels, cpus, cpusMax, memoryMib, memoryMibMax }) => [
    `\`${name}\``,
    `\`${machine}\``,
    `GICv${String(gic)}`,
    cpuModels.join(', '),
    `${String(cpus)} (at most ${String(cpusMax)})`,
    `${String(memoryMib)} MiB (at most ${String(memoryMibMax)})`,
  ]);
  const uarts = uartKinds(readFileSync(resolve(projectRoot, UARTS), 'utf8'));
  const text = `${markdownTable(['board', "QEMU's machine", 'interrupts', 'CPU models, the default first', 'CPUs', 'memory'], rows)}
The hypervisor itself reads the board from its device tree. It drives these UARTs, by their \`compatible\`: ${uarts.map((one) => `\`${one}\``).join(', ')}.\n`;
  return { path: 'docs/boards.md', text: heading('Boards', ['tool/src/boards', UARTS]) + text };
}
