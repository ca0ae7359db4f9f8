/**
 * `thimble console`: a machine's console, from another terminal than the one that runs the handset, or in a pipe.
 *
 * On a terminal the keys are the machine's, but for those behind Ctrl-A, as in the handset's own terminal. In a pipe standard
 * input is typed and what the console says is printed, until the handset ends or the time is over.
 */
import { Command } from 'commander';
import { type ControlClient, HANDSET_GONE_STATUS } from '../control/client.ts';
import { INPUT_BYTES_MAX, PAST_LINES_MAX } from '../control/protocol.ts';
import { Refusal } from '../refusal.ts';
import { LineSplitter } from '../serial/line-splitter.ts';
import { coloursFor } from '../terminal/colours.ts';
import { type KeyEvent, KeyFilter } from '../terminal/key-filter.ts';
import { plainText } from '../terminal/plain-text.ts';
import { RawTerminal } from '../terminal/raw-terminal.ts';
import { type ControlOptions, handsetOption, jsonOption, printJson, withHandset } from './control-options.ts';
import { lineCount, secondsOrNone } from './numbers.ts';

interface ConsoleOptions extends ControlOptions {
  readonly lines?: number;
  readonly for?: number;
}

/** How much of the past a person is shown. */
const REPLAY_LINES = 12;

const KEYS: readonly (readonly [string, string])[] = [
  ['Ctrl-A q', 'leave; the machine goes on'],
  ['Ctrl-A r', 'reset the machine'],
  ['Ctrl-A k', 'stop the machine at once'],
  ['Ctrl-A s', 'start the machine again'],
  ['Ctrl-A p', 'pause the machine'],
  ['Ctrl-A c', 'let it go on'],
  ['Ctrl-A a', 'a Ctrl-A for the machine'],
];

/** Keys that are orders of the protocol by the same name. */
function isOrder(kind: KeyEvent['kind']): kind is 'reset' | 'start' | 'pause' | 'resume' {
  return kind === 'reset' || kind === 'start' || kind === 'pause' || kind === 'resume';
}

/** Types `data` in pieces that the protocol takes, one after the other, so that a slow machine slows the sender. */
async function type(client: ControlClient, machine: string, data: Buffer): Promise<void> {
  for (let at = 0; at < data.length; at += INPUT_BYTES_MAX) {
    await client.request('input', { machine, data: data.subarray(at, at + INPUT_BYTES_MAX).toString('base64') });
  }
}

/** What was said so far, then what comes. */
async function follow(client: ControlClient, machine: string, lines: number, take: (data: Buffer) => void): Promise<string[]> {
  client.onMessage((message) => {
    if (message.message === 'output' && message.machine === machine) take(Buffer.from(message.data, 'base64'));
  });
  const past = await client.request('watch-console', { machine, lines });
  return [...past.lines, past.partial];
}

/** Says what the hypervisor says of the machine from now on, whoever ordered it: a console that is silent would not tell that its machine is off. */
async function tellEvents(client: ControlClient, machine: string, say: (text: string) => void): Promise<void> {
  client.onMessage((message) => {
    if (message.message === 'event' && message.event.machine === machine) say(message.event.text);
  });
  const { events } = await client.request('watch-events', {});
  const last = events.findLast((event) => event.machine === machine);
  if (last?.kind === 'off' || last?.kind === 'stopped' || last?.kind === 'paused') say(last.text);
}

async function attend(client: ControlClient, machine: string, { lines = REPLAY_LINES }: ConsoleOptions): Promise<void> {
  const { dim } = coloursFor(process.stdout);
  const keys = new KeyFilter();
  let leave = (): void => undefined;
  const left = new Promise<null>((resolve) => {
    leave = () => {
      resolve(null);
    };
  });
  const say = (text: string): void => {
    terminal.text(`${dim(`thimble: ${text}`)}\n`);
  };
  const trying = (action: Promise<unknown>): void => {
    action.catch((error: unknown) => {
      say(error instanceof Error ? error.message : String(error));
    });
  };
  const obey = (event: KeyEvent): void => {
    if (event.kind === 'input') trying(type(client, machine, event.data));
    else if (event.kind === 'quit') leave();
    else if (isOrder(event.kind)) trying(client.request(event.kind, { machine }));
    else if (event.kind === 'kill') trying(client.request('stop', { machine }));
    else terminal.text(KEYS.map(([key, meaning]) => `  ${key.padEnd(12)}${meaning}\n`).join(''));
  };
  const terminal = new RawTerminal((data) => {
    for (const event of keys.push(data)) obey(event);
  });
  try {
    terminal.text(`── ${machine} ── ${dim('Ctrl-A q leaves · Ctrl-A ? all keys')}\n`);
    const early: Buffer[] = [];
    let isShown = false;
    const past = await follow(client, machine, lines, (data) => {
      if (isShown) terminal.raw(data);
      else early.push(data);
    });
    terminal.text(past.join('\n'));
    for (const data of early) terminal.raw(data);
    isShown = true;
    await tellEvents(client, machine, say);
    const reason = await Promise.race([left, client.ended]);
    if (reason !== null) throw new Refusal(reason, {}, HANDSET_GONE_STATUS);
  } finally {
    terminal.restore();
  }
}

/** What is printed of a console in a pipe: its bytes, or its lines for programs. */
function printer(machine: string, json: boolean): (data: Buffer) => void {
  if (!json) return (data) => process.stdout.write(data);
  const splitter = new LineSplitter((line) => {
    printJson({ machine, line: plainText(line) });
  });
  return (data) => splitter.push(data);
}

/** Types standard input; resolves so many seconds after the last of it, or never. */
function typeAll(client: ControlClient, machine: string, seconds: number | undefined): Promise<null> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const wait = (): void => {
      clearTimeout(timer);
      if (seconds !== undefined) timer = setTimeout(resolve, seconds * 1000, null);
    };
    const typing = async (): Promise<void> => {
      for await (const data of process.stdin) {
        await type(client, machine, data as Buffer);
        wait();
      }
    };
    wait();
    if (!process.stdin.isTTY) typing().catch(reject);
  });
}

async function pipe(client: ControlClient, machine: string, { lines = 0, for: seconds, json = false }: ConsoleOptions): Promise<void> {
  const print = printer(machine, json);
  let early: Buffer[] | null = [];
  const past = await follow(client, machine, lines, (data) => {
    if (early) early.push(data);
    else print(data);
  });
  if (lines > 0) print(Buffer.from(past.join('\n')));
  for (const data of early) print(data);
  early = null;
  const reason = await Promise.race([typeAll(client, machine, seconds), client.ended]);
  process.stdin.destroy();
  if (reason !== null) throw new Refusal(reason, {}, HANDSET_GONE_STATUS);
}

async function console(machine: string, options: ConsoleOptions): Promise<void> {
  const person = process.stdin.isTTY && process.stdout.isTTY && !options.json && options.for === undefined;
  await withHandset(options, (client) => (person ? attend : pipe)(client, machine, options));
}

export function consoleCommand(): Command {
  return new Command('console')
    .description("a machine's console: interactive on a terminal, else standard input and output")
    .argument('<machine>', 'its name')
    .option('-l, --lines <count>', `begin with so many of its last lines, at most ${String(PAST_LINES_MAX)}`, lineCount)
    .option('--for <seconds>', 'in a pipe: end so long after the last input; 0 prints what there is', secondsOrNone)
    .addOption(handsetOption())
    .addOption(jsonOption())
    .action(console);
}
