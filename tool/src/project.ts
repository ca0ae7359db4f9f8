/**
 * Where things lie: the project's own folders, and what a person's relative file names mean.
 */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's root: the folder of README.md. */
export const projectRoot = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** Everything that is built; deleting it costs nothing but a build. */
export const buildFolder = resolve(projectRoot, 'build');

export const hypervisorEntry = resolve(projectRoot, 'hypervisor/src/main.ts');
export const hypervisorLinkerScript = resolve(projectRoot, 'hypervisor/thimble.ld');
export const deviceMachineEntry = resolve(projectRoot, 'device-machine/src/start.ts');
export const deviceMachineLinkerScript = resolve(projectRoot, 'device-machine/device-machine.ld');
export const guestLinkerScript = resolve(projectRoot, 'guests/guest.ld');
export const defaultConfig = resolve(projectRoot, 'handset.config.ts');

/** The folder a command was typed in; npm moves to the project's root before it runs one. */
export const callerFolder = process.env['INIT_CWD'] ?? process.cwd();

export function fromCaller(file: string): string {
  return resolve(callerFolder, file);
}
