/** What the commands share that speak to a handset which another process runs. */
import { Option } from 'commander';
import { chooseHandset, ControlClient } from '../control/client.ts';

export interface ControlOptions {
  readonly handset?: string;
  readonly json?: boolean;
}

export function handsetOption(): Option {
  return new Option('--handset <name>', 'the handset, by its name or its process number, if several run');
}

export function jsonOption(): Option {
  return new Option('--json', 'for programs');
}

/** Speaks with the handset that the options choose, and takes leave. */
export async function withHandset<T>({ handset }: ControlOptions, action: (client: ControlClient) => Promise<T>): Promise<T> {
  const client = await ControlClient.connect(await chooseHandset(handset));
  try {
    return await action(client);
  } finally {
    client.close();
  }
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
