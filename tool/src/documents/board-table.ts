/** docs/boards.md: the boards that the host tool starts, and the UARTs that the hypervisor knows. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { boards } from '../boards/index.ts';
import { projectRoot } from '../project.ts';
import { type GeneratedDocument, heading, markdownTable } from './generated-document.ts';

const UARTS = 'hypervisor/src/uart-kinds.ts';

export interface UartRow {
  readonly name: string;
  readonly compatible: readonly string[];
  readonly sendsOnly: boolean;
}

/** The rows of uart-kinds.ts, in their order. */
export function uartRows(source: string): readonly UartRow[] {
  const rows = source.matchAll(/name: '([^']+)',\s*compatible: \[([^\]]+)\][^}]*?interrupt: \[([^\]]*)\]/g);
  return [...rows].map(([, name = '', list = '', interrupt = '']) => ({
    name,
    compatible: [...list.matchAll(/'([^']+)'/g)].map(([, compatible = '']) => compatible),
    sendsOnly: interrupt === '',
  }));
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
  const uarts = uartRows(readFileSync(resolve(projectRoot, UARTS), 'utf8')).map(
    ({ name, compatible, sendsOnly }) => `- ${name}${sendsOnly ? ', to send only' : ''}: ${compatible.map((one) => `\`${one}\``).join(', ')}\n`,
  );
  const text = `${markdownTable(['board', "QEMU's machine", 'device tree', 'interrupts', 'CPU models, the default first', 'CPUs', 'memory'], rows)}
The hypervisor itself reads the board from its device tree. It drives these UARTs, by their \`compatible\`;
[device-trees.md](device-trees.md) says where it found them.

${uarts.join('')}`;
  return { path: 'docs/boards.md', text: heading('Boards', ['tool/src/boards', UARTS]) + text };
}
