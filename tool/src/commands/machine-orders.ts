/** `thimble stop`, `reset` and `focus`, and `thimble start` with a machine: orders to a machine of a running handset. */
import { Command } from 'commander';
import type { ControlClient } from '../control/client.ts';
import { type ControlOptions, handsetOption, jsonOption, printJson, withHandset } from './control-options.ts';

type Order = 'start' | 'stop' | 'reset' | 'focus';

const DONE: Readonly<Record<Order, string>> = { start: 'started', stop: 'off', reset: 'reset', focus: 'has the keyboard' };

export async function orderMachine(order: Order, machine: string, options: ControlOptions): Promise<void> {
  const handset = await withHandset(options, async (client: ControlClient) => {
    await client.request(order, { machine });
    return client.welcome.handset;
  });
  if (options.json) printJson({ handset: handset.name, pid: handset.pid, machine, done: order });
  else process.stdout.write(`${machine}: ${DONE[order]}\n`);
}

function orderCommand(order: Order, description: string): Command {
  return new Command(order)
    .description(description)
    .argument('<machine>', 'its name')
    .addOption(handsetOption())
    .addOption(jsonOption())
    .action((machine: string, options: ControlOptions) => orderMachine(order, machine, options));
}

export function stopCommand(): Command {
  return orderCommand('stop', 'stop a machine of a running handset at once');
}

export function resetCommand(): Command {
  return orderCommand('reset', 'reset a machine of a running handset');
}

export function focusCommand(): Command {
  return orderCommand('focus', 'give a machine of a running handset the keyboard');
}
