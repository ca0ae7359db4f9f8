/**
 * The shell of a Linux machine's default userland, spoken to over its console.
 */
import type { Console } from 'thimble';
import { PATIENCE } from './handset-under-test.ts';

/** What the userland says of itself when it is up. */
export interface Greeting {
  readonly name: string;
  readonly kernelRelease: string;
  readonly memoryKib: number;
}

/** Waits for the userland's greeting, and for its shell. */
export async function booted(console: Console): Promise<Greeting> {
  const [, name = '', kernelRelease = '', memory = ''] = await console.expect(/thimble-ready (\S+) (\S+) (\d+)\n/, PATIENCE);
  await console.expect(`${name}:~# `, PATIENCE);
  return { name, kernelRelease, memoryKib: Number(memory) };
}

let asked = 0;

/**
 * Types a command and returns what it printed. The marks around the output are spelled differently in the command,
 * whose echo is on the console too.
 */
export async function answer(console: Console, command: string): Promise<string> {
  asked += 1;
  const mark = 1000 + asked;
  console.write(`echo from-$((${mark})); ${command}; echo to-$((${mark}))\n`);
  const [, output = ''] = await console.expect(new RegExp(`from-${mark}\\n([^]*?)to-${mark}\\n`), PATIENCE);
  return output.trim();
}
