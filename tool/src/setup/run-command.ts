/**
 * Runs one of the system's programs to its end. Nothing here decides what an exit status means.
 *
 * The programs are asked to speak English (LC_ALL=C), because their words are read, and get no terminal and no input,
 * because nothing may stop to ask.
 */
import { execa } from 'execa';
import { createInterface } from 'node:readline';

export interface CommandResult {
  /** Null where the program could not be started or was ended by a signal. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The program does not exist on this machine. */
  readonly notFound: boolean;
}

export type RunCommand = (
  command: readonly [string, ...string[]],
  options?: { readonly folder?: string; readonly onStatus?: (line: string) => void },
) => Promise<CommandResult>;

/** `onStatus` gets each line that the program writes to file descriptor 3. */
export const runCommand: RunCommand = async ([program, ...parameters], options = {}) => {
  const process = execa(program, parameters, {
    reject: false,
    stdio: ['ignore', 'pipe', 'pipe', options.onStatus ? 'pipe' : 'ignore'],
    env: { LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
    buffer: { stdout: true, stderr: true, fd3: false },
    ...(options.folder === undefined ? {} : { cwd: options.folder }),
  });
  const status = process.stdio[3];
  if (options.onStatus && status) {
    createInterface({ input: status as NodeJS.ReadableStream }).on('line', options.onStatus);
  }
  const result = await process;
  return {
    exitCode: result.exitCode ?? null,
    stdout: result.stdout,
    stderr: result.stderr,
    notFound: result.code === 'ENOENT',
  };
};
