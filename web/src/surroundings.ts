/** What stands around the machines: the page's head, its banner, its messages, the list of keys, and a narrow screen's views. */
import type { Sample } from 'thimble/control/protocol.ts';
import type { ConnectionState } from './connection.ts';
import { button, element, setText } from './elements.ts';
import { clockText } from './event-list.ts';
import { KEY_HELP } from './key-orders.ts';

const TOAST_MS = 5000;
/** Attempts after which the page says more than that it tries. */
const PATIENT_ATTEMPTS = 4;

export const VIEWS = ['machines', 'panel', 'consoles', 'events'] as const;
export type View = (typeof VIEWS)[number];

const STATE_TEXTS = { connecting: 'connecting', open: 'live', lost: 'reconnecting', ended: 'ended' } as const;

export class Surroundings {
  readonly header: HTMLElement;
  readonly footer: HTMLElement;
  readonly banner = element('p', { class: 'banner', attributes: { role: 'alert' } });
  readonly toasts = element('div', { class: 'toasts', attributes: { role: 'status' } });
  readonly help: HTMLDialogElement;
  private readonly name = element('span', { class: 'name' });
  private readonly board = element('span', { class: 'board' });
  private readonly size = element('span', { class: 'board' });
  private readonly state = element('span', { class: 'connection', attributes: { role: 'status' } });
  private readonly prefix = element('span', { class: 'prefix', attributes: { role: 'status' } }, 'Ctrl-A …');
  private readonly viewButtons = new Map<View, HTMLButtonElement>();

  constructor(onView: (view: View) => void) {
    this.banner.hidden = true;
    this.prefix.hidden = true;
    const close = button('Close', () => this.help.close(), { class: 'primary' });
    const rows = KEY_HELP.map(([keys, meaning]) => element('tr', {}, element('th', {}, element('kbd', {}, keys)), element('td', {}, meaning)));
    this.help = element(
      'dialog',
      { attributes: { 'aria-label': 'keys' } },
      element('h2', {}, 'Keys'),
      element('p', {}, 'They work wherever the keyboard is, as in the handset’s own terminal.'),
      element('table', {}, ...rows),
      close,
    );
    this.header = element(
      'header',
      { class: 'top' },
      element('h1', {}, 'Thimble'),
      element('span', { class: 'about' }, this.name, this.board, this.size),
      this.prefix,
      this.state,
      button('Keys', () => this.showHelp(), { class: 'quiet', title: 'the keys of this page (Ctrl-A ?)' }),
    );
    for (const view of VIEWS) this.viewButtons.set(view, button(view, () => onView(view)));
    this.offerPanel(false);
    this.footer = element('nav', { class: 'views', attributes: { 'aria-label': 'views' } }, ...this.viewButtons.values());
  }

  /** Whether there is a panel to be seen. */
  offerPanel(isThere: boolean): void {
    const offered = this.viewButtons.get('panel');
    if (offered) offered.hidden = !isThere;
  }

  describe(name: string, board: string): void {
    setText(this.name, name);
    setText(this.board, board);
    document.title = `${name} · Thimble`;
  }

  measure({ cpus, memoryMib, hypervisorKib }: Sample): void {
    const figures = [cpus, memoryMib, hypervisorKib].map((figure) => figure.toLocaleString('en-US'));
    setText(this.size, `${figures[0] ?? ''} CPUs, ${figures[1] ?? ''} MiB, hypervisor ${figures[2] ?? ''} KiB`);
  }

  setConnection(state: ConnectionState): void {
    setText(this.state, STATE_TEXTS[state.kind]);
    this.state.dataset['state'] = state.kind;
    if (state.kind === 'ended') {
      const reason = `${state.reason.charAt(0).toUpperCase()}${state.reason.slice(1)}`;
      this.tell(`${reason}. This page shows how it ended; npm start boots another, and prints the address of its page.`);
    } else if (state.kind === 'lost' && state.attempts >= PATIENT_ATTEMPTS) {
      this.tell(
        `The handset has not answered since ${clockText(state.sinceMs)}. It has probably ended; npm start boots another, and prints the address of its page. This page goes on trying.`,
      );
    } else this.banner.hidden = true;
  }

  setView(view: View): void {
    for (const [name, each] of this.viewButtons) each.setAttribute('aria-pressed', String(name === view));
  }

  setPrefix(isWaiting: boolean): void {
    this.prefix.hidden = !isWaiting;
  }

  showHelp(): void {
    if (!this.help.open) this.help.showModal();
  }

  toast(text: string): void {
    const made = element('p', {}, text);
    this.toasts.append(made);
    setTimeout(() => {
      made.remove();
    }, TOAST_MS);
  }

  private tell(text: string): void {
    setText(this.banner, text);
    this.banner.hidden = false;
  }
}
