/** `thimble bench`: what the hypervisor costs, beside the best peer and the aim. */
import { Command } from 'commander';
import { CAVEAT, type Figure, FIGURES } from '../bench/figures.ts';
import { measurementsFor, type Results, run } from '../bench/measurements.ts';
import { ensureSystemPackages } from '../setup/index.ts';
import { table, thousands } from './figures.ts';
import { progress } from './progress.ts';

const REASON_CHARACTERS_MAX = 60;

function shown(value: number, unit: Figure['unit']): string {
  return unit === '%' ? `${value > 0 ? '+' : ''}${value.toFixed(3)} %` : thousands(value);
}

function row({ key, what, unit, peer, aim }: Figure, { measured, failures }: Results): string[] {
  const value = measured.get(key);
  const failure = failures.get(key);
  const met = value === undefined || aim === null ? '' : value <= aim ? 'met' : 'missed';
  return [
    key,
    value !== undefined ? shown(value, unit) : failure === undefined ? 'not measured' : 'FAILED',
    peer ? `${shown(peer.value, unit)} (${peer.name})` : '',
    aim === null ? '' : shown(aim, unit),
    met,
    failure === undefined ? what : (failure.split('\n')[0] ?? '').slice(0, REASON_CHARACTERS_MAX),
  ];
}

/** The table for people: every figure, or those that `keys` name. */
export function report(results: Results, keys: readonly string[] = []): string {
  const texts = [...results.texts].map(([key, text]) => `\n${key}: ${text}\n`);
  const figures = FIGURES.filter(({ key }) => keys.length === 0 || keys.includes(key));
  const head = ['', 'Thimble', 'best peer', 'aim', '', ''];
  return table([head, ...figures.map((figure) => row(figure, results))]) + texts.join('');
}

/** What was measured, by key; then what else belongs to it. */
export function json({ measured, texts, failures }: Results): string {
  const peers = Object.fromEntries(FIGURES.map(({ key, peer }) => [key, peer]));
  const aims = Object.fromEntries(FIGURES.map(({ key, aim }) => [key, aim]));
  const all = {
    ...Object.fromEntries(measured),
    ...Object.fromEntries(texts),
    peers,
    aims,
    failures: Object.fromEntries(failures),
  };
  return `${JSON.stringify(all, null, 2)}\n`;
}

async function bench(keys: readonly string[], options: { readonly json?: boolean }): Promise<void> {
  const measurements = measurementsFor(keys);
  await ensureSystemPackages({ progress });
  const results = await run(measurements, progress);
  process.stdout.write(options.json ? json(results) : `${report(results, keys)}\n${CAVEAT}\n`);
  for (const [key, reason] of results.failures) process.stderr.write(`thimble: bench ${key}: ${reason}\n`);
  if (results.failures.size > 0) process.exitCode = 1;
}

export function benchCommand(): Command {
  return new Command('bench')
    .description('measure what the hypervisor costs, in instructions and bytes')
    .argument('[KEY...]', 'the figures to measure; all of them if none is named')
    .option('--json', 'as JSON')
    .action(bench);
}
