/** The handset's panel with what is done to it: which machine is in front, a picture of it, a telephone's own keyboard. */
import type { Panel, PanelFront } from 'thimble/control/protocol.ts';
import { button, element, setText } from './elements.ts';
import { PanelDisplay } from './panel-display.ts';

export interface PanelActions {
  /** Shows a machine's screen in full, or all side by side. */
  readonly show: (machine: string | null) => void;
  /** A picture of the panel was asked for. */
  readonly photograph: () => void;
}

const CONNECTING = 'connecting to the panel …';
const GONE = 'the panel is out of reach';
const HINT = 'Ctrl-A v: it takes the keys · Ctrl-A l leaves';

/** A button that is a symbol alone where there is little room. */
function labelled(symbol: string, label: string, onclick: () => void, properties: { readonly class: string; readonly title: string }): HTMLButtonElement {
  const made = button('', onclick, { ...properties, attributes: { 'aria-label': label } });
  made.append(element('span', { class: 'symbol', attributes: { 'aria-hidden': 'true' } }, symbol), element('span', { class: 'label' }, ` ${label}`));
  return made;
}

export class PanelSection {
  readonly element: HTMLElement;
  private readonly display: PanelDisplay;
  private readonly machineButtons = new Map<string, HTMLButtonElement>();
  private readonly allButton: HTMLButtonElement;
  private readonly waiting = element('p', { class: 'waiting', attributes: { role: 'status' } }, CONNECTING);
  private readonly orders: HTMLButtonElement[];

  /** `colourOf`: of a machine, as its card has it. */
  constructor(address: string, { width, height, machines, front }: Panel, colourOf: (machine: string) => number | null, actions: PanelActions) {
    this.display = new PanelDisplay(address, (isConnected) => {
      this.waiting.hidden = isConnected;
    });
    this.allButton = button('All', () => actions.show(null), { title: 'all screens side by side (Ctrl-A 0)' });
    for (const machine of machines) {
      const attributes = { 'data-colour': String(colourOf(machine) ?? 0) };
      this.machineButtons.set(machine, button(machine, () => actions.show(machine), { title: `the screen of ${machine} in full`, attributes }));
    }
    const keyboard = labelled('⌨', 'Keyboard', () => this.display.toggleTyping(), { class: 'typist', title: 'type on the panel with this device’s own keyboard' });
    // The keyboard is closed by the button, and not before.
    keyboard.addEventListener('pointerdown', (event) => event.preventDefault());
    const picture = labelled('⤓', 'Picture', () => actions.photograph(), { class: 'quiet', title: 'download a picture of the panel (Ctrl-A i)' });
    this.orders = [this.allButton, ...this.machineButtons.values(), picture];
    this.element = element(
      'section',
      { class: 'panel', attributes: { 'aria-label': 'panel', 'data-view': 'panel' } },
      element(
        'div',
        { class: 'bar' },
        element('div', { class: 'choice', attributes: { role: 'group', 'aria-label': 'in front' } }, this.allButton, ...this.machineButtons.values()),
        keyboard,
        picture,
      ),
      element('div', { class: 'glass' }, this.display.element, this.waiting),
      element('p', { class: 'hint' }, HINT),
    );
    this.element.style.setProperty('--panel-ratio', String(width / height));
    if (front) this.setFront(front);
  }

  /** What the panel shows, and whom it listens to. */
  setFront({ machine, inFull }: PanelFront): void {
    this.allButton.setAttribute('aria-pressed', String(!inFull));
    for (const [name, each] of this.machineButtons) {
      const hasInput = name === machine;
      each.setAttribute('aria-pressed', String(hasInput && inFull));
      each.classList.toggle('listening', hasInput);
      setText(each, name);
      if (hasInput) each.append(element('span', { class: 'unseen' }, ' has the touches and keys'));
    }
  }

  setReachable(isReachable: boolean): void {
    for (const each of this.orders) each.disabled = !isReachable;
    setText(this.waiting, isReachable ? CONNECTING : GONE);
    if (isReachable) this.display.open();
    else this.display.close();
  }

  focus(): void {
    this.display.focus();
  }

  typePrefix(): void {
    this.display.typePrefix();
  }

  get hasFocus(): boolean {
    return this.display.hasFocus;
  }
}
