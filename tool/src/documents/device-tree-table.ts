/**
 * docs/device-trees.md: what the hypervisor finds on each phone, tablet and board that Debian's kernel has a device tree for, and what
 * would keep it from running there.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { projectRoot } from '../project.ts';
import { type DeviceTrees, findDeviceTrees } from '../setup/index.ts';
import { type UartRow, uartRows } from './board-table.ts';
import { type DiscoveredBoard, Discovery } from './discovered-board.ts';
import { type GeneratedDocument, heading, markdownTable } from './generated-document.ts';

export const DEVICE_TREES_DOCUMENT = 'docs/device-trees.md';
const UARTS = 'hypervisor/src/uart-kinds.ts';
const GICC_BYTES = 0x2000n;
const STANDARD_PRIVATES = '25 30 27 26';

interface Row {
  readonly name: string;
  readonly board: DiscoveredBoard;
  /** What keeps the hypervisor from running, and what it runs without. */
  readonly lacks: readonly string[];
  readonly remarks: readonly string[];
}

function controllerOf({ controller, regions }: DiscoveredBoard): string | null {
  if (controller === 'bcm2836') return regions.localController.bytes > 0n ? 'bcm2836, no GIC' : null;
  if (regions.distributor.bytes === 0n) return null;
  return controller;
}

function lacksOf(board: DiscoveredBoard): string[] {
  return [
    ...(controllerOf(board) === null ? ['interrupt controller'] : []),
    ...(board.hasTimer ? [] : ['timer']),
    ...(board.affinities.length === 0 ? ['processors'] : []),
  ];
}

function remarksOf(board: DiscoveredBoard, uarts: readonly UartRow[]): string[] {
  const startable = board.affinities.length;
  const privates = board.privates.join(' ');
  const isGicv2 = controllerOf(board) === 'GICv2';
  const sendsOnly = board.uartKind !== null && uarts[board.uartKind]?.sendsOnly;
  return [
    ...(board.uartKind === null ? ['no console'] : []),
    ...(board.ramBytes === 0n ? ['RAM is left to the boot loader'] : []),
    ...(board.cpusOff > 0 ? [`${String(board.cpusOff)} of ${String(startable + board.cpusOff)} processors have no enable-method`] : []),
    ...(privates === STANDARD_PRIVATES ? [] : [`PPIs ${privates}`]),
    ...(isGicv2 && board.regions.guestInterface.bytes === 0n ? ['GICv2 without GICH and GICV: slower'] : []),
    ...(isGicv2 && board.regions.cpuInterface.bytes < GICC_BYTES ? ['the tree gives one page of GICC'] : []),
    ...(sendsOnly ? ['console sends only'] : []),
  ];
}

function cpusOf({ affinities, releaseAddresses, conduit, cpusOff }: DiscoveredBoard): string {
  const spinning = releaseAddresses.filter((address) => address !== 0n).length;
  const methods = [
    ...(spinning > 0 ? ['spin-table'] : []),
    ...(affinities.length > spinning && conduit !== null && cpusOff === 0 ? [`PSCI by ${conduit}`] : []),
  ];
  return `${String(affinities.length)}${methods.length > 0 ? `, ${methods.join(', ')}` : ''}`;
}

/** How often each value is there, the most frequent first. */
function counted(values: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const sorted = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return sorted.map(([value, count]) => `${value} ${String(count)}`).join('; ');
}

function summary(rows: readonly Row[], uartOf: (board: DiscoveredBoard) => string): string {
  const fit = rows.filter(({ lacks }) => lacks.length === 0);
  return `${[
    `**${String(fit.length)} of ${String(rows.length)}** have all that the hypervisor needs; ${String(fit.filter(({ board }) => board.uartKind !== null).length)} of them have a console that it knows.`,
    `- Those, by interrupt controller: ${counted(fit.map(({ board }) => controllerOf(board) ?? ''))}.`,
    `- By how their processors start: ${counted(fit.map(({ board }) => cpusOf(board).replace(/^\d+(, )?/, '') || 'the boot loader says'))}.`,
    `- By console: ${counted(fit.map(({ board }) => uartOf(board)))}.`,
    ...(fit.length < rows.length ? [`- The others lack: ${counted(rows.flatMap(({ lacks }) => lacks))}.`] : []),
    '',
    'Whether the firmware of a device lets anybody in at EL2 is not in its device tree; most locked phones do not. PPIs are the INTIDs',
    "of the GIC's maintenance and of the physical, virtual and hypervisor timer, where they are not the usual 25 30 27 26.",
  ].join('\n')}\n\n`;
}

export async function deviceTreeRows({ folder, names }: DeviceTrees): Promise<readonly Row[]> {
  const uarts = uartRows(readFileSync(resolve(projectRoot, UARTS), 'utf8'));
  const discovery = await Discovery.load();
  return names.map((name) => {
    const board = discovery.board(readFileSync(join(folder, name)));
    return { name, board, lacks: lacksOf(board), remarks: remarksOf(board, uarts) };
  });
}

/** Null where the trees are not in the cache: the document stays as it is. */
export async function deviceTreeTable(): Promise<GeneratedDocument | null> {
  const trees = await findDeviceTrees();
  if (trees === null) return null;
  const uarts = uartRows(readFileSync(resolve(projectRoot, UARTS), 'utf8'));
  const uartOf = ({ uartKind }: DiscoveredBoard): string => (uartKind === null ? 'none' : (uarts[uartKind]?.name ?? ''));
  const rows = await deviceTreeRows(trees);
  const table = markdownTable(
    ['device tree', 'model', 'processors', 'MiB', 'interrupts', 'console', 'missing', 'to know'],
    rows.map(({ name, board, lacks, remarks }) => [
      name.replace(/\.dtb$/, ''),
      board.model,
      cpusOf(board),
      board.ramBytes === 0n ? '' : String(board.ramBytes >> 20n),
      controllerOf(board) ?? '',
      uartOf(board),
      lacks.join('; '),
      remarks.join('; '),
    ]),
  );
  const from = `The device trees are those of \`${trees.release}\`. Each was read by the hypervisor's own discovery, compiled for the host.\n\n`;
  return {
    path: DEVICE_TREES_DOCUMENT,
    text: heading('Device trees', ['hypervisor/src/board.ts', UARTS]) + from + summary(rows, uartOf) + table,
  };
}
