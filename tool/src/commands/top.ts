/** `thimble top`: the machines of a running handset, once a second: in place on a terminal, else one table after the other. */
import { Command } from 'commander';
import type { ControlClient } from '../control/client.ts';
import { HANDSET_GONE_STATUS } from '../control/client.ts';
import type { Sample } from '../control/protocol.ts';
import { Refusal } from '../refusal.ts';
import { coloursFor, type Paint } from '../terminal/colours.ts';
import { RawTerminal } from '../terminal/raw-terminal.ts';
import { type ControlOptions, handsetOption, jsonOption, printJson, withHandset } from './control-options.ts';
import { wholeNumber } from './numbers.ts';
import { boardLine, sampleTable } from './sample-table.ts';

interface TopOptions extends ControlOptions {
  readonly count?: number;
}

const OTHER_SCREEN = '\x1b[?1049h\x1b[?25l';
const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';
/** Ctrl-C and Escape among them; an arrow key begins like the latter. */
const QUIT_KEYS = ['q', 'Q', '\x03', '\x1b'];

/** Shows a sample; `end` gives back what was borrowed for it. */
interface View {
  readonly show: (sample: Sample, focus: string | null) => void;
  readonly end: () => void;
}

function screenView({ welcome }: ControlClient, quit: () => void): View {
  const terminal = new RawTerminal((keys) => {
    if (QUIT_KEYS.includes(keys.toString('latin1'))) quit();
  });
  const { bold, dim } = coloursFor(process.stdout);
  terminal.raw(Buffer.from(OTHER_SCREEN));
  return {
    show: (sample, focus) => {
      const { name, pid, board } = welcome.handset;
      const [head = '', ...rows] = sampleTable(sample, focus).trimEnd().split('\n');
      const time = new Date(sample.atMs).toTimeString().slice(0, 8);
      const plain = (line: string): string => line;
      const lines: [string, Paint][] = [
        [`${name} (${String(pid)}) on ${board}, ${time}`, bold],
        [boardLine(sample).trimEnd(), plain],
        ['', plain],
        [head, dim],
        ...rows.map((line): [string, Paint] => [line, plain]),
        ['', plain],
        ['q quits', dim],
      ];
      const columns = process.stdout.columns || 80;
      // Cut before they are painted: one that is wrapped would push the first ones out of sight.
      const fitting = lines.slice(0, Math.max(1, (process.stdout.rows || 24) - 1)).map(([line, paint]) => paint(line.slice(0, columns)));
      terminal.raw(Buffer.from(`${HOME}${fitting.map((line) => `${line}${CLEAR_LINE}\r\n`).join('')}${CLEAR_BELOW}`));
    },
    end: () => {
      terminal.restore();
    },
  };
}

function streamView(json: boolean): View {
  return {
    show: (sample, focus) => {
      if (json) printJson({ ...sample, focus });
      else process.stdout.write(`${sampleTable(sample, focus)}\n`);
    },
    end: () => undefined,
  };
}

async function watch(client: ControlClient, { json = false, count }: TopOptions): Promise<void> {
  let quit = (): void => undefined;
  const left = new Promise<null>((resolve) => {
    quit = () => {
      resolve(null);
    };
  });
  const onScreen = !json && process.stdin.isTTY && process.stdout.isTTY;
  const view = onScreen ? screenView(client, quit) : streamView(json);
  let { focus } = client.welcome;
  let shown = 0;
  client.onMessage((message) => {
    if (message.message === 'focus') focus = message.machine;
    if (message.message !== 'sample' || shown === count) return;
    view.show(message.sample, focus);
    shown += 1;
    if (shown === count) quit();
  });
  try {
    await client.request('watch-samples', {});
    const reason = await Promise.race([left, client.ended]);
    if (reason !== null) throw new Refusal(reason, {}, HANDSET_GONE_STATUS);
  } finally {
    view.end();
  }
}

export function topCommand(): Command {
  return new Command('top')
    .description('show the machines of a running handset, once a second')
    .option('-n, --count <count>', 'end after so many', wholeNumber)
    .addOption(handsetOption())
    .addOption(jsonOption())
    .action((options: TopOptions) => withHandset(options, (client) => watch(client, options)));
}
