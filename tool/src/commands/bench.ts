/** `thimble bench`: what the hypervisor costs, in instructions, beside the best peer and the aim. */
import { Command } from 'commander';
import { CAVEAT, type Figure, FIGURES } from '../bench/figures.ts';
import { type LinuxBootTax, measureLinuxBootTax } from '../bench/linux-boot-tax.ts';
import { measureOperations } from '../bench/operations.ts';
import { ensureSystemPackages } from '../setup/index.ts';
import { table, thousands } from './figures.ts';
import { progress } from './progress.ts';

function shown(value: number, unit: Figure['unit']): string {
  return unit === '%' ? `${value > 0 ? '+' : ''}${value.toFixed(3)} %` : thousands(value);
}

function row(figure: Figure, value: number | undefined): string[] {
  const { key, what, unit, peer, aim } = figure;
  const met = value === undefined || aim === null ? '' : value <= aim ? 'met' : 'missed';
  return [
    key,
    value === undefined ? 'not measured' : shown(value, unit),
    `${shown(peer.value, unit)} (${peer.name})`,
    aim === null ? '' : shown(aim, unit),
    met,
    what,
  ];
}

export function report(measured: ReadonlyMap<string, number>): string {
  const head = ['', 'Thimble', 'best peer', 'aim', '', ''];
  return table([head, ...FIGURES.map((figure) => row(figure, measured.get(figure.key)))]);
}

function json(measured: ReadonlyMap<string, number>, tax: LinuxBootTax): string {
  const peers = Object.fromEntries(FIGURES.map(({ key, peer }) => [key, peer]));
  const aims = Object.fromEntries(FIGURES.map(({ key, aim }) => [key, aim]));
  return `${JSON.stringify({ ...Object.fromEntries(measured), linuxBoot: tax, peers, aims }, null, 2)}\n`;
}

async function bench(options: { readonly json?: boolean }): Promise<void> {
  await ensureSystemPackages({ progress });
  progress('measuring single operations');
  const measured = await measureOperations(progress);
  const tax = await measureLinuxBootTax(progress);
  measured.set('linuxBootTax', tax.percent);
  if (options.json) {
    process.stdout.write(json(measured, tax));
    return;
  }
  const linux = `Linux boot: ${thousands(tax.guestInstructions)} instructions as a guest, ${thousands(tax.nativeInstructions)} without a hypervisor.`;
  process.stdout.write(`${report(measured)}\n${linux}\n${CAVEAT}\n`);
}

export function benchCommand(): Command {
  return new Command('bench')
    .description('measure what the hypervisor costs, in instructions')
    .option('--json', 'as JSON')
    .action(bench);
}
