/**
 * A machine's console in a terminal.
 *
 * Several terminals may show the same console: other pages, the one that runs the handset. A guest's question to its
 * terminal (where is the cursor? what are you?) is answered by the one that a person types in, and by no other, or
 * the guest would get as many answers.
 */
import { FitAddon } from '@xterm/addon-fit';
import { type IFunctionIdentifier, type ITheme, Terminal } from '@xterm/xterm';
import type { ResultOf } from 'thimble/control/protocol.ts';
import { element } from './elements.ts';

const SCROLLBACK_LINES = 5000;

/** Questions to which a terminal sends an answer: status and position, what it is, modes. */
const QUESTIONS: readonly IFunctionIdentifier[] = [
  { final: 'n' },
  { prefix: '?', final: 'n' },
  { final: 'c' },
  { prefix: '>', final: 'c' },
  { prefix: '=', final: 'c' },
  { intermediates: '$', final: 'p' },
  { prefix: '?', intermediates: '$', final: 'p' },
  { final: 't' },
];
/** Operating system commands that ask for a colour if they end in `?`. */
const COLOURS = [4, 10, 11, 12];

export class TerminalPane {
  readonly element = element('div', { class: 'pane' });
  private readonly terminal: Terminal;
  private readonly fit = new FitAddon();
  private isOpen = false;

  constructor(name: string, theme: ITheme, type: (data: Uint8Array) => void) {
    this.terminal = new Terminal({
      theme,
      scrollback: SCROLLBACK_LINES,
      fontFamily: 'ui-monospace, "Cascadia Mono", "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
      fontSize: window.innerWidth < 700 ? 12 : 14,
      cursorBlink: true,
      // A guest's bare line feed is one: it sends CR LF where it means a new line.
      convertEol: false,
      // What a guest prints leads nowhere.
      linkHandler: { activate: () => undefined },
    });
    this.terminal.loadAddon(this.fit);
    this.terminal.onData((text) => {
      type(new TextEncoder().encode(text));
    });
    this.terminal.onBinary((bytes) => {
      type(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)));
    });
    this.element.dataset['machine'] = name;
    this.element.setAttribute('aria-label', `console of ${name}`);
    for (const question of QUESTIONS) this.terminal.parser.registerCsiHandler(question, () => !this.isTypedIn);
    this.terminal.parser.registerDcsHandler({ intermediates: '$', final: 'q' }, () => !this.isTypedIn);
    for (const colour of COLOURS) this.terminal.parser.registerOscHandler(colour, (data) => data.endsWith('?') && !this.isTypedIn);
    new ResizeObserver(() => {
      this.resize();
    }).observe(this.element);
  }

  /** Begins anew with what the console has said so far. */
  reset({ lines, partial }: ResultOf<'watch-console'>): void {
    this.terminal.reset();
    this.terminal.write([...lines, partial].join('\r\n'));
  }

  write(data: Uint8Array): void {
    this.terminal.write(data);
  }

  /** At once, so that it can be given the keys in the same breath. */
  show(isInFront: boolean): void {
    this.element.hidden = !isInFront;
    this.resize();
  }

  focus(): void {
    this.resize();
    this.terminal.focus();
  }

  set theme(theme: ITheme) {
    this.terminal.options.theme = theme;
  }

  private get isTypedIn(): boolean {
    return document.hasFocus() && this.element.contains(document.activeElement);
  }

  private resize(): void {
    if (this.element.clientWidth === 0 || this.element.clientHeight === 0) return;
    if (!this.isOpen) this.terminal.open(this.element);
    this.isOpen = true;
    this.fit.fit();
  }
}
