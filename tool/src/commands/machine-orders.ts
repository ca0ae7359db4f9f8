/** `thimble stop`, `reset`, `pause`, `resume` and `focus`, and `thimble start` with a machine: orders to a machine of a running handset. */
import { Command } from 'commander';
import type { ControlClient } from '../control/client.ts';
import { type ControlOptions, handsetOption, jsonOption, printJson, withHandset } from './control-options.ts';

type Order = 'start' | 'stop' | 'reset' | 'pause' | 'resume' | 'focus';

const DONE: Readonly<Record<Order, string>> = {
  start: 'started',
  stop: 'off',
  reset: 'reset',
  pause: 'paused',
  resume: 'resumed',
  focus: 'has the keyboard',
};

export async function orderMachine(order: Order, machine: string, options: ControlOptions): Promise<void> {
  const handset = await withHandset(options, async (client: ControlClient) => {
    if (order === 'focus') await client.request(order, { machine, inFull: true });
    else await client.request(order, { machine });
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

export function pauseCommand(): Command {
  return orderCommand('pause', 'pause a machine of a running handset: it stays as it is until it is resumed');
}

export function resumeCommand(): Command {
  return orderCommand('resume', 'let a paused machine go on');
}

export function focusCommand(): Command {
  return orderCommand('focus', 'give a machine of a running handset the keyboard, and the panel if it has a screen');
}
