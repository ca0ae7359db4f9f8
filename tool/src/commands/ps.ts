/** `thimble ps`: the machines of the handsets that run, and how they are. */
import { Command } from 'commander';
import { chooseHandset, ControlClient } from '../control/client.ts';
import type { Sample, Welcome } from '../control/protocol.ts';
import { runningHandsets } from '../control/session-file.ts';
import { Refusal } from '../refusal.ts';
import { type ControlOptions, handsetOption, jsonOption, printJson } from './control-options.ts';
import { sampleTable } from './sample-table.ts';

interface Seen {
  readonly welcome: Welcome;
  readonly sample: Sample;
}

async function look(options: ControlOptions): Promise<Seen[]> {
  const records = options.handset === undefined ? await runningHandsets() : [await chooseHandset(options.handset)];
  const looks = records.map(async (record) => {
    const client = await ControlClient.connect(record);
    try {
      return { welcome: client.welcome, sample: (await client.request('sample', {})).sample };
    } finally {
      client.close();
    }
  });
  const outcomes = await Promise.allSettled(looks);
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') continue;
    const reason: unknown = outcome.reason;
    // One that ends just now is no more to be listed; the only one is worth a word.
    if (!(reason instanceof Refusal) || outcomes.length === 1) throw reason;
    process.stderr.write(`thimble: ${reason.message}\n`);
  }
  return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
}

async function ps(options: ControlOptions): Promise<void> {
  const seen = await look(options);
  if (options.json) {
    printJson(seen.map(({ welcome: { handset, focus }, sample }) => ({ ...handset, focus, ...sample })));
    return;
  }
  if (seen.length === 0) process.stderr.write('thimble: no handset is running; npm start boots one\n');
  for (const { welcome, sample } of seen) {
    const { name, pid, board } = welcome.handset;
    if (seen.length > 1) process.stdout.write(`${name} (${String(pid)}) on ${board}\n`);
    process.stdout.write(sampleTable(sample, welcome.focus));
  }
}

export function psCommand(): Command {
  return new Command('ps')
    .description('list the machines of the running handsets: state, memory, CPUs, use')
    .addOption(handsetOption())
    .addOption(jsonOption())
    .action(ps);
}
