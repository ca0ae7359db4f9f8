/** `thimble inspect`: what a built image contains. */
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { type ImageContents, type MachineContents, readImage } from '../image/image-contents.ts';
import { fromCaller } from '../project.ts';
import { refusing } from '../refusal.ts';
import { table, thousands } from './figures.ts';

function address(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}

const SEGMENT_NAMES = { entry: 'image', initrd: 'initial RAM disk', 'device tree': 'device tree', other: 'content' } as const;

function machineText(machine: MachineContents): string {
  const { name, memoryMib, vcpus, architecture, cpus, priority, budget, hideStolenTime, entryIpa, commandLine } = machine;
  const where = cpus ? ` on CPU ${cpus.join(', ')}` : '';
  const limit = budget ? `, ${thousands(budget.us)} of every ${thousands(budget.periodUs)} µs` : '';
  const head = `${name}: ${thousands(memoryMib)} MiB, ${String(vcpus)} vCPU${vcpus === 1 ? '' : 's'}${architecture === 'arm' ? ' in AArch32' : ''}${where}, priority ${String(priority)}${limit}${hideStolenTime ? ', stolen time hidden' : ''}, entry ${address(entryIpa)}\n`;
  const rows = [
    ...machine.segments.map(({ kind, offset, bytes, ipa }) => [`  ${SEGMENT_NAMES[kind]}`, address(offset), bytes, `to ${address(ipa)}`]),
    ...machine.deviceTrees.map(({ gic, offset, bytes, ipa }) => [
      `  device tree, GICv${String(gic)}`,
      address(offset),
      bytes,
      `to ${address(ipa)}`,
    ]),
  ];
  return `${head}${table(rows)}${commandLine ? `  command line: ${commandLine}\n` : ''}`;
}

export function contentsText(file: string, contents: ImageContents): string {
  const { fileBytes, hypervisorBytes, workspaceBytes, manifestOffset, heldBytes, machines } = contents;
  return [
    `${file}: ${thousands(fileBytes)} bytes\n`,
    `hypervisor: ${thousands(hypervisorBytes)} bytes in whole pages, workspace ${thousands(workspaceBytes)} bytes\n`,
    `memory that no machine can have: ${thousands(heldBytes / 1024)} KiB, this file included\n`,
    `manifest: at ${address(manifestOffset)}\n`,
    ...machines.map(machineText),
  ].join('');
}

async function inspect(file: string, options: { readonly json?: boolean }): Promise<void> {
  const bytes = await refusing(file, () => readFile(fromCaller(file)));
  const contents = readImage(bytes, file);
  process.stdout.write(options.json ? `${JSON.stringify(contents, null, 2)}\n` : contentsText(file, contents));
}

export function inspectCommand(): Command {
  return new Command('inspect')
    .description('print what a built image contains')
    .argument('<file>', 'a file that `thimble build` wrote')
    .option('--json', 'as JSON')
    .action(inspect);
}
