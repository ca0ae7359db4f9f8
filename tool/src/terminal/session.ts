/**
 * A person at a running handset: first all consoles side by side, then one with the keyboard.
 */
import type { Machine } from '../config/check.ts';
import type { Focus } from '../control/focus.ts';
import { objection } from '../control/handset-control.ts';
import type { RunningHandset } from '../handset/running-handset.ts';
import { coloursFor } from './colours.ts';
import { KEY_HELP, type KeyEvent, KeyFilter, type KeyOrder } from './key-filter.ts';
import { LineView } from './line-view.ts';
import { machineList } from './machine-list.ts';
import { settledText } from './plain-text.ts';
import { RawTerminal } from './raw-terminal.ts';

const CTRL_C = 0x03;
const REPLAY_LINES = 12;
/** How long CPU use is watched for the list. */
const USE_INTERVAL_MS = 500;
const HINT = 'Ctrl-A n next machine · Ctrl-A l list · Ctrl-A q quit · Ctrl-A ? all keys';

export class Session {
  private readonly colours = coloursFor(process.stdout);
  private readonly keys = new KeyFilter();
  private readonly terminal: RawTerminal;
  private readonly view: LineView;
  private readonly stopFollowing: () => void;
  private stopWatching: () => void;
  private stopFocus: (() => void) | null = null;
  /** One after the other: what is said of an order is how the machine was before it. */
  private orders: Promise<void> = Promise.resolve();

  constructor(
    private readonly handset: RunningHandset,
    machines: readonly Machine[],
    private readonly attendance: { readonly focus: Focus; readonly whereabouts: readonly string[] },
  ) {
    this.terminal = new RawTerminal((data) => {
      for (const event of this.keys.push(data)) this.take(event);
    });
    this.view = new LineView(
      machines.map(({ name }) => name),
      this.colours,
      (text) => {
        this.terminal.text(text);
      },
    );
    this.terminal.text(`${this.colours.dim(HINT)}\n`);
    for (const line of attendance.whereabouts) this.terminal.text(`${this.colours.dim(line)}\n`);
    for (const line of handset.hypervisor.lines) this.view.ownLine(line);
    handset.hypervisor.onLine((line) => {
      this.view.ownLine(line);
    });
    this.stopWatching = this.view.follow(handset);
    this.stopFollowing = attendance.focus.onChange((index) => {
      this.show(index);
    });
  }

  /** Gives the keyboard to a machine, unless the person has chosen one. */
  allReady(): void {
    if (this.focused === null) this.focus(0);
  }

  end(): void {
    this.stopFollowing();
    this.terminal.restore();
  }

  private get focused(): number | null {
    return this.attendance.focus.current;
  }

  private take(event: KeyEvent): void {
    if (event.kind !== 'input') {
      this.obey(event);
    } else if (this.focused !== null) {
      this.handset.consoles[this.focused]?.write(event.data);
    } else if (event.data.includes(CTRL_C)) {
      this.quit();
    }
  }

  private obey(order: KeyOrder): void {
    switch (order.kind) {
      case 'next':
        this.focus(this.focused === null ? 0 : (this.focused + 1) % this.handset.consoles.length);
        break;
      case 'choose':
        if (order.index < this.handset.consoles.length) this.focus(order.index);
        else this.say(`there is no machine ${String(order.index + 1)}`);
        break;
      case 'list':
        void this.list();
        break;
      case 'quit':
        this.quit();
        break;
      case 'help':
        this.interject(this.help());
        break;
      case 'reset':
      case 'kill':
      case 'start':
      case 'pause':
      case 'resume':
        this.orderFocused(order.kind);
        break;
    }
  }

  private orderFocused(order: 'reset' | 'kill' | 'start' | 'pause' | 'resume'): void {
    const name = this.focused === null ? undefined : this.handset.consoles[this.focused]?.name;
    if (name === undefined) this.say('no machine has the keyboard; choose one with Ctrl-A 1');
    else this.orders = this.orders.then(() => this.order(order, name));
  }

  /** What makes no sense the hypervisor ignores without a word; the person gets one. */
  private async order(order: 'reset' | 'kill' | 'start' | 'pause' | 'resume', name: string): Promise<void> {
    const status = await this.handset.status().catch(() => null);
    this.handset[order](name);
    const machine = status?.machines.find((candidate) => candidate.name === name);
    const reason = machine && objection(order === 'kill' ? 'stop' : order, machine.state);
    if (reason) this.say(`${name} ${reason}`);
  }

  private focus(index: number): void {
    if (index === this.focused) this.show(index);
    else this.attendance.focus.set(index);
  }

  private show(index: number): void {
    const console = this.handset.consoles[index];
    if (!console) return;
    this.stopWatching();
    this.stopFocus?.();
    this.stopWatching = () => undefined;
    const paint = this.colours.machine(index);
    this.terminal.text(`${paint(`── ${console.name} has the keyboard ──`)} ${this.colours.dim(HINT)}\n`);
    // Not as it came: a query in it would be answered once more.
    for (const line of console.lines.slice(-REPLAY_LINES)) this.terminal.text(`${settledText(line)}\n`);
    this.terminal.text(settledText(console.partialLine));
    this.stopFocus = console.onData((data) => {
      this.terminal.raw(data);
    });
  }

  private async list(): Promise<void> {
    try {
      const before = await this.handset.status();
      await new Promise((resolve) => setTimeout(resolve, USE_INTERVAL_MS));
      this.interject(machineList(before, await this.handset.status(), this.focused));
    } catch (error) {
      this.say(error instanceof Error ? error.message : String(error));
    }
  }

  private quit(): void {
    this.say('powering off');
    // Its end ends the session; a failure to end in order is the same end.
    this.handset.powerOff().catch(() => undefined);
  }

  private help(): string {
    const keys = KEY_HELP.map(([key, meaning]) => `${key.padEnd(12)}${meaning}`);
    return [...keys, ...this.attendance.whereabouts].map((line) => `  ${line}\n`).join('');
  }

  private say(text: string): void {
    this.interject(`${this.colours.dim(`thimble: ${text}`)}\n`);
  }

  /** The tool's own text, and below it again the line at which the focused machine's console stands. */
  private interject(text: string): void {
    this.terminal.text(text);
    const console = this.focused === null ? undefined : this.handset.consoles[this.focused];
    if (console) this.terminal.text(settledText(console.partialLine));
  }
}
