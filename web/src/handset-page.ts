/** The page of a handset: puts its parts together, and brings what the handset tells to each. */
import { pictureName } from 'thimble/control/picture-name.ts';
import { type HandsetEvent, type Panel, PANEL_PATH, type ServerMessage, type Welcome } from 'thimble/control/protocol.ts';
import { bytesOf } from './base64.ts';
import { Connection, type ConnectionState } from './connection.ts';
import { ConsolePanel } from './console-panel.ts';
import { download, element } from './elements.ts';
import { EventList } from './event-list.ts';
import { KeyOrders, type PageOrder } from './key-orders.ts';
import { MachineCard, type MachineOrder } from './machine-card.ts';
import { PanelSection } from './panel-section.ts';
import { Surroundings, type View } from './surroundings.ts';

/** How much of a console's past is fetched. */
const PAST_LINES = 500;
const COLOURS = 6;
const CTRL_A = '\x01';
const STATE_AFTER = { started: 'running', reset: 'running', off: 'off', stopped: 'stopped', paused: 'paused', resumed: 'running' } as const;
/** What an event says of when the machine's life began. */
const SINCE_AFTER = { started: 'now', reset: 'now', off: null, stopped: null, paused: 'as before', resumed: 'as before' } as const;

export class HandsetPage {
  private readonly connection: Connection;
  private readonly surroundings = new Surroundings((view) => this.setView(view));
  private readonly keys = new KeyOrders();
  private readonly events = new EventList((machine) => this.colourOf(machine));
  private readonly cards = new Map<string, MachineCard>();
  private readonly cardColumn = element('section', { class: 'cards', attributes: { 'aria-label': 'machines', 'data-view': 'machines' } });
  private readonly main = element('main');
  private consoles: ConsolePanel | null = null;
  /** Of a handset that has one, and the machines that have a screen on it. */
  private panel: PanelSection | null = null;
  private screens: readonly string[] = [];
  private name = '';
  private focused: string | null = null;
  /** Switches of this page's that the handset has not confirmed, and what it has said meanwhile. */
  private switches = 0;
  private told: string | null = null;

  /** `address`: of the page, for WebSockets; `beginsWithPanel`: the panel is shown first, and has the keys. */
  constructor(
    root: HTMLElement,
    private readonly address: string,
    private readonly beginsWithPanel: boolean,
  ) {
    const { header, banner, footer, toasts, help } = this.surroundings;
    const log = element('section', { class: 'log', attributes: { 'aria-label': 'events', 'data-view': 'events' } }, element('h2', {}, 'Events'), this.events.element);
    this.main.append(this.cardColumn, log);
    root.append(header, banner, this.main, footer, toasts, help);
    this.setView('machines');
    this.connection = new Connection(`${address}control`, {
      onState: (state) => this.takeState(state),
      onMessage: (message) => this.take(message),
    });
    document.addEventListener('keydown', (event) => this.press(event), { capture: true });
    document.addEventListener('visibilitychange', () => this.watchWhileVisible());
    matchMedia('(prefers-color-scheme: light)').addEventListener('change', ({ matches }) => {
      this.consoles?.setTheme(matches);
      for (const card of this.cards.values()) card.redraw();
    });
    this.connection.open();
  }

  private colourOf(machine: string): number | null {
    const index = [...this.cards.keys()].indexOf(machine);
    return index < 0 ? null : index % COLOURS;
  }

  private takeState(state: ConnectionState): void {
    this.surroundings.setConnection(state);
    for (const card of this.cards.values()) card.setReachable(state.kind === 'open');
    this.panel?.setReachable(state.kind === 'open');
  }

  private take(message: ServerMessage): void {
    switch (message.message) {
      case 'welcome':
        this.welcome(message);
        break;
      case 'sample':
        this.surroundings.measure(message.sample);
        for (const each of message.sample.machines) this.cards.get(each.name)?.show(each, message.sample.atMs);
        break;
      case 'event':
        this.takeEvent(message.event);
        break;
      case 'output':
        this.consoles?.write(message.machine, bytesOf(message.data));
        break;
      case 'focus':
        this.told = message.machine;
        if (this.switches === 0) this.setFocus(message.machine);
        break;
      case 'panel':
        this.panel?.setFront(message.front);
        break;
      case 'ended':
      case 'reply':
        break;
    }
  }

  private welcome({ handset, machines, focus, panel }: Welcome): void {
    this.name = handset.name;
    this.surroundings.describe(handset.name, handset.board);
    if (this.consoles === null) {
      this.furnish(machines);
      if (panel) this.furnishPanel(panel);
    } else if (panel?.front) this.panel?.setFront(panel.front);
    this.setFocus(focus);
    this.watchWhileVisible();
    void this.ask(this.connection.request('watch-events', {}).then(({ events }) => this.events.reset(events)));
    for (const { name } of machines) {
      const request = this.connection.request('watch-console', { machine: name, lines: PAST_LINES });
      void this.ask(request.then((past) => this.consoles?.reset(name, past)));
    }
  }

  /** Once the machines are known: they stay the same as long as the handset runs. */
  private furnish(machines: Welcome['machines']): void {
    machines.forEach(({ name, vcpus }, index) => {
      const card = new MachineCard(name, index, vcpus, (order) => this.order(order, name));
      this.cards.set(name, card);
      this.cardColumn.append(card.element);
    });
    this.consoles = new ConsolePanel([...this.cards.keys()], {
      choose: (machine) => this.switchTo(machine, false),
      type: (machine, data) => this.ask(this.connection.request('input', { machine, data })),
    });
    this.main.append(this.consoles.element);
  }

  private furnishPanel(panel: Panel): void {
    this.screens = panel.machines;
    this.panel = new PanelSection(`${this.address}${PANEL_PATH}`, panel, (machine) => this.colourOf(machine), {
      show: (machine) => this.show(machine),
      photograph: () => this.photograph(),
    });
    this.main.append(this.panel.element);
    this.main.classList.add('with-panel');
    this.surroundings.offerPanel(true);
    this.panel.setReachable(true);
    if (this.beginsWithPanel) this.toPanel();
  }

  private takeEvent(event: HandsetEvent): void {
    this.events.push(event);
    const { kind, machine, atMs } = event;
    if (machine === null || kind === 'board' || kind === 'failure') return;
    const state = STATE_AFTER[kind];
    this.cards.get(machine)?.setState(state, SINCE_AFTER[kind], atMs);
  }

  /** The keyboard is a machine's, here as in the handset's terminal. Before anybody has it, the first console is in front. */
  private setFocus(machine: string | null): void {
    this.focused = machine;
    for (const [name, card] of this.cards) card.setFocus(name === machine);
    const shown = machine ?? [...this.cards.keys()][0];
    if (shown === undefined) return;
    const { consoles } = this;
    if (consoles === null) return;
    const isTypedIn = consoles.hasFocus;
    consoles.show(shown);
    if (isTypedIn) consoles.focus();
  }

  private order(order: MachineOrder, machine: string): void {
    if (order === 'focus') this.switchTo(machine, this.screens.includes(machine));
    else void this.ask(this.connection.request(order, { machine }));
  }

  /** At once: what is typed next is meant for that machine, whenever the handset confirms the switch. `inFull`: its screen is in front. */
  private switchTo(machine: string, inFull: boolean): void {
    this.setFocus(machine);
    if (inFull || this.panel?.hasFocus) this.toPanel();
    else {
      this.setView('consoles');
      this.consoles?.focus();
    }
    this.told = machine;
    this.switches += 1;
    void this.ask(this.connection.request('focus', { machine, inFull })).then(() => {
      this.switches -= 1;
      // Somebody else may have switched in between.
      if (this.switches === 0) this.setFocus(this.told);
    });
  }

  private toPanel(): void {
    if (this.panel === null) {
      this.surroundings.toast('this handset has no screen');
      return;
    }
    this.setView('panel');
    this.panel.focus();
  }

  private show(machine: string | null): void {
    void this.ask(this.connection.request('show', { machine }));
  }

  private photograph(): void {
    void this.ask(this.connection.request('screenshot', {}).then(({ png }) => download(pictureName(this.name, new Date()), bytesOf(png), 'image/png')));
  }

  /** Says what was refused; the result is over in any case. */
  private ask(request: Promise<unknown>): Promise<unknown> {
    return request.catch((error: unknown) => this.surroundings.toast(error instanceof Error ? error.message : String(error)));
  }

  /** A page that nobody sees costs the handset nothing. */
  private watchWhileVisible(): void {
    this.connection.request(document.hidden ? 'unwatch-samples' : 'watch-samples', {}).catch(() => undefined);
  }

  private setView(view: View): void {
    this.main.dataset['view'] = view;
    this.surroundings.setView(view);
  }

  private press(event: KeyboardEvent): void {
    if (this.surroundings.help.open) return;
    const { taken, order } = this.keys.press(event);
    this.surroundings.setPrefix(this.keys.isWaiting);
    if (!taken) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (order) this.obey(order);
  }

  private obey(order: PageOrder): void {
    const names = [...this.cards.keys()];
    const focused = this.focused ?? names[0];
    if (focused === undefined) return;
    switch (order.kind) {
      case 'next':
        this.switchTo(names[(this.focused === null ? 0 : names.indexOf(focused) + 1) % names.length] ?? focused, false);
        break;
      case 'choose': {
        const chosen = names[order.index];
        if (chosen === undefined) this.surroundings.toast(`there is no machine ${String(order.index + 1)}`);
        else this.switchTo(chosen, false);
        break;
      }
      case 'list':
        this.setView('machines');
        this.cards.get(focused)?.switchButton.focus();
        break;
      case 'events':
        this.setView('events');
        this.events.element.focus();
        break;
      case 'panel':
        this.toPanel();
        break;
      case 'all':
        this.show(null);
        break;
      case 'picture':
        this.photograph();
        break;
      case 'reset':
      case 'stop':
      case 'start':
      case 'pause':
      case 'resume':
        this.order(order.kind, focused);
        break;
      case 'literal':
        if (this.panel?.hasFocus) this.panel.typePrefix();
        else this.consoles?.typeText(CTRL_A);
        break;
      case 'help':
        this.surroundings.showHelp();
        break;
    }
  }
}
