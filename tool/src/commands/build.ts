/** `thimble build`: one bootable file from a configuration. */
import { Command } from 'commander';
import { relative } from 'node:path';
import { buildFromConfig, type ConfigOptions } from './build-from-config.ts';
import { thousands } from './figures.ts';

async function build(options: ConfigOptions): Promise<void> {
  const image = await buildFromConfig(options);
  const names = image.handset.machines.map(({ name }) => name).join(', ');
  const file = relative(process.cwd(), image.file);
  process.stdout.write(
    `${file.startsWith('..') ? image.file : file}: ${thousands(image.fileBytes)} bytes, hypervisor ${thousands(image.hypervisor.flatBytes)} bytes, machines ${names}\n`,
  );
}

export function buildCommand(): Command {
  return new Command('build')
    .description('write one bootable file from a handset configuration')
    .option('-c, --config <file>', 'the configuration (default: handset.config.ts)')
    .option('-o, --output <file>', 'the file to write (default: build/handset.img)')
    .action(build);
}
