/** The machine that runs `misbehave`: one character on its console is one misdeed. */
import type { RunningHandset } from 'thimble';
import { PATIENCE } from './handset-under-test.ts';

export const ROGUE = 'rogue';

/** Gives the rogue a life in which it has done nothing yet, whatever became of the last one. */
export async function revived(handset: RunningHandset): Promise<void> {
  const console = handset.console(ROGUE);
  const { machines } = await handset.status();
  if (machines.find(({ name }) => name === ROGUE)?.state === 'running') {
    handset.kill(ROGUE);
    await handset.hypervisor.expect(`${ROGUE}: off\n`, PATIENCE);
  }
  // What it said in its last life is not what is waited for below.
  await console.expect(/[^]*$/);
  handset.start(ROGUE);
  await handset.hypervisor.expect(`${ROGUE}: started\n`, PATIENCE);
  await console.expect('ready to misbehave, life 1\n', PATIENCE);
}

/** Has it commit a misdeed that it outlives; returns what it printed about it. */
export async function misdeed(handset: RunningHandset, key: string, name = ROGUE): Promise<string[]> {
  const console = handset.console(name);
  console.write(key);
  const [, output = ''] = await console.expect(new RegExp(`misdeed ${key}\\n([^]*?)done ${key}\\n`), PATIENCE);
  return output.split('\n').filter((line) => line !== '');
}

/** Has it begin a misdeed that it may not come back from. */
export async function lastMisdeed(handset: RunningHandset, key: string): Promise<void> {
  const console = handset.console(ROGUE);
  console.write(key);
  await console.expect(`misdeed ${key}\n`, PATIENCE);
}
