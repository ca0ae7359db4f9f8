/** `thimble size`: the hypervisor's bytes, a module at a time, held to its budget. */
import { Command } from 'commander';
import { compiledHypervisor } from '../handset/build-handset.ts';
import { progress } from './progress.ts';
import { table, thousands } from './figures.ts';

/** What the flat image may weigh: the 30 KB of 2008. */
export const FLAT_BYTES_MAX = 30_720;

async function size(options: { readonly json?: boolean }): Promise<void> {
  const { flatBytes, stackBytesMax, modules } = await compiledHypervisor(progress);
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ flatBytes, flatBytesMax: FLAT_BYTES_MAX, stackBytesMax, modules }, null, 2)}\n`);
  } else {
    const rows = [...modules].sort((a, b) => b.bytes - a.bytes).map(({ name, bytes }) => [name, bytes] as const);
    const rest = flatBytes - modules.reduce((sum, { bytes }) => sum + bytes, 0);
    process.stdout.write(table([...rows, ['(alignment)', rest], ['flat image', flatBytes], ['budget', FLAT_BYTES_MAX]]));
  }
  if (flatBytes <= FLAT_BYTES_MAX) return;
  process.stderr.write(`thimble: the flat image is ${thousands(flatBytes - FLAT_BYTES_MAX)} bytes over its budget\n`);
  process.exitCode = 1;
}

export function sizeCommand(): Command {
  return new Command('size')
    .description("print the hypervisor's bytes a module; fails above the budget")
    .option('--json', 'as JSON')
    .action(size);
}
