/**
 * What happens when the tool is told to stop, or nobody reads what it prints.
 *
 * `process.exit` runs every exit hook, and those give the terminal back and end QEMU.
 */
import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

let ctrlCTakenBy = 0;

/** Runs `action` while Ctrl-C belongs to someone else: to a debugger on the same terminal. */
export async function givingCtrlCAway<T>(action: () => Promise<T>): Promise<T> {
  ctrlCTakenBy += 1;
  try {
    return await action();
  } finally {
    ctrlCTakenBy -= 1;
  }
}

export function endOnInterruption(): void {
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (signal === 'SIGINT' && ctrlCTakenBy > 0) return;
      process.stderr.write('thimble: interrupted\n');
      process.exit(128 + constants.signals[signal]);
    });
  }
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.stderr.write('thimble: nobody reads the output any more\n');
    else process.stderr.write(`thimble: standard output: ${error.message}\n`);
    process.exit(1);
  });
  process.stderr.on('error', () => {
    process.exit(1);
  });
}
