/** `thimble size`: the hypervisor's bytes, a module at a time, held to its budget. */
import { Command } from 'commander';
import { compiledHypervisor } from '../handset/build-handset.ts';
import { ensureSystemPackages } from '../setup/index.ts';
import { progress } from './progress.ts';
import { table, thousands } from './figures.ts';

/** What the flat image may weigh: the 30 KB of 2008. */
export const FLAT_BYTES_MAX = 30_720;

type Modules = Awaited<ReturnType<typeof compiledHypervisor>>['modules'];

/** The hypervisor has no initialised variables: all of them are memory beside the image. */
function sizeTable(flatBytes: number, modules: Modules): string {
  const rows = modules.map(({ module, textBytes, rodataBytes, dataBytes, bssBytes }) => ({
    module,
    bytes: textBytes + rodataBytes,
    variables: dataBytes + bssBytes,
  }));
  rows.sort((a, b) => b.bytes - a.bytes);
  const rest = flatBytes - rows.reduce((sum, { bytes }) => sum + bytes, 0);
  return table([
    ['module', 'image', 'variables'],
    ...rows.map(({ module, bytes, variables }) => [module, bytes, variables]),
    ['(alignment)', rest, ''],
    ['flat image', flatBytes, ''],
    ['budget', FLAT_BYTES_MAX, ''],
  ]);
}

async function size(options: { readonly json?: boolean }): Promise<void> {
  await ensureSystemPackages({ progress });
  const { flatBytes, stackBytesMax, modules } = await compiledHypervisor(progress);
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ flatBytes, flatBytesMax: FLAT_BYTES_MAX, stackBytesMax, modules }, null, 2)}\n`);
  } else {
    process.stdout.write(sizeTable(flatBytes, modules));
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
