/** The consoles, one terminal a machine behind a tab each; the one in front is that of the machine that has the keyboard. */
import { INPUT_BYTES_MAX, type ResultOf } from 'thimble/control/protocol.ts';
import { base64Of } from './base64.ts';
import { button, element } from './elements.ts';
import { TerminalPane } from './terminal-pane.ts';
import { terminalTheme } from './themes.ts';

/** What a screen's keyboard lacks. */
const SCREEN_KEYS: readonly (readonly [label: string, text: string, title: string])[] = [
  ['Esc', '\x1b', 'Escape'],
  ['Tab', '\t', 'Tab'],
  ['↑', '\x1b[A', 'up'],
  ['↓', '\x1b[B', 'down'],
  ['←', '\x1b[D', 'left'],
  ['→', '\x1b[C', 'right'],
  ['^C', '\x03', 'Ctrl-C'],
  ['^D', '\x04', 'Ctrl-D'],
];

const HINT = 'Ctrl-A n next machine · Ctrl-A l leave · Ctrl-A ? all keys';

export interface ConsoleActions {
  /** A person has chosen a machine's tab. */
  readonly choose: (machine: string) => void;
  /** Types base64 on a machine's console; resolves when the handset has taken it. */
  readonly type: (machine: string, data: string) => Promise<unknown>;
}

/** Types in pieces that the protocol takes, each when the one before was taken. */
class Typist {
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly send: (data: string) => Promise<unknown>) {}

  type(data: Uint8Array): void {
    for (let at = 0; at < data.length; at += INPUT_BYTES_MAX) {
      const piece = base64Of(data.subarray(at, at + INPUT_BYTES_MAX));
      this.last = this.last.then(() => this.send(piece)).catch(() => undefined);
    }
  }
}

export class ConsolePanel {
  readonly element: HTMLElement;
  private readonly tabs = new Map<string, HTMLButtonElement>();
  private readonly panes = new Map<string, TerminalPane>();
  private readonly typists = new Map<string, Typist>();
  private shown: string | null = null;

  constructor(machines: readonly string[], actions: ConsoleActions) {
    const tabList = element('div', { class: 'tabs', attributes: { role: 'tablist', 'aria-label': 'consoles' } });
    const stage = element('div', { class: 'stage' });
    machines.forEach((machine, index) => {
      const typist = new Typist((data) => actions.type(machine, data));
      const pane = new TerminalPane(machine, terminalTheme(matchMedia('(prefers-color-scheme: light)').matches), (data) => {
        typist.type(data);
      });
      const attributes = { role: 'tab', 'data-colour': String(index % 6), 'aria-controls': `console-${machine}` };
      const tab = button('', () => actions.choose(machine), { attributes });
      tab.append(element('span', { class: 'number', attributes: { 'aria-hidden': 'true' } }, String(index + 1)), machine);
      pane.element.id = `console-${machine}`;
      pane.element.setAttribute('role', 'tabpanel');
      pane.show(false);
      this.tabs.set(machine, tab);
      this.panes.set(machine, pane);
      this.typists.set(machine, typist);
      tabList.append(tab);
      stage.append(pane.element);
    });
    tabList.addEventListener('keydown', (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (step === undefined) return;
      const all = [...this.tabs.values()];
      const at = all.findIndex((tab) => tab === document.activeElement);
      all[(at + step + all.length) % all.length]?.focus();
      event.preventDefault();
    });
    const keys = SCREEN_KEYS.map(([label, text, title]) =>
      button(label, () => this.typeText(text), { attributes: { 'aria-label': title, tabindex: '-1' } }),
    );
    // The terminal keeps the focus, and so a screen's keyboard stays open.
    for (const key of keys) key.addEventListener('pointerdown', (event) => event.preventDefault());
    this.element = element(
      'section',
      { class: 'consoles', attributes: { 'aria-label': 'consoles', 'data-view': 'consoles' } },
      element('div', { class: 'bar' }, tabList, element('p', { class: 'hint' }, HINT)),
      stage,
      element('div', { class: 'screen-keys', attributes: { role: 'toolbar', 'aria-label': 'keys' } }, ...keys),
    );
  }

  /** Brings a machine's console to the front. */
  show(machine: string): void {
    this.shown = machine;
    for (const [name, tab] of this.tabs) {
      tab.setAttribute('aria-selected', String(name === machine));
      tab.tabIndex = name === machine ? 0 : -1;
      if (name === machine) tab.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    }
    for (const [name, pane] of this.panes) pane.show(name === machine);
  }

  /** Gives the terminal in front the keys. */
  focus(): void {
    if (this.shown !== null) this.panes.get(this.shown)?.focus();
  }

  get hasFocus(): boolean {
    return this.element.contains(document.activeElement);
  }

  typeText(text: string): void {
    if (this.shown !== null) this.typists.get(this.shown)?.type(new TextEncoder().encode(text));
  }

  reset(machine: string, past: ResultOf<'watch-console'>): void {
    this.panes.get(machine)?.reset(past);
  }

  write(machine: string, data: Uint8Array): void {
    this.panes.get(machine)?.write(data);
  }

  setTheme(isLight: boolean): void {
    for (const pane of this.panes.values()) pane.theme = terminalTheme(isLight);
  }
}
