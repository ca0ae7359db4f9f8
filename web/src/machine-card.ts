/** A machine's card: how it is, and what can be done with it. */
import { cpusText, durationText, NOTHING, percentText, rateText } from 'thimble/control/figures.ts';
import type { MachineSample } from 'thimble/control/protocol.ts';
import { button, element, setText } from './elements.ts';
import { Graph } from './graph.ts';

/** How long a button that was pressed once waits for the second time. */
const CONFIRM_MS = 4000;
/** The least upper edge of the graphs of rates. */
const RATE_TOP_MIN = 20;

export type MachineOrder = 'start' | 'stop' | 'reset' | 'pause' | 'resume' | 'focus';

interface Figure {
  readonly graph: Graph;
  readonly value: HTMLElement;
}

/** A button whose order destroys something: it asks, and is pressed twice. */
function confirmed(label: string, question: string, title: string, act: () => void): HTMLButtonElement {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const calm = (): void => {
    clearTimeout(timer);
    timer = undefined;
    made.classList.remove('asking');
    setText(made, label);
  };
  const made = button(
    label,
    () => {
      const isSecond = timer !== undefined;
      calm();
      if (isSecond) {
        act();
        return;
      }
      setText(made, question);
      made.classList.add('asking');
      timer = setTimeout(calm, CONFIRM_MS);
    },
    { title },
  );
  made.addEventListener('blur', calm);
  return made;
}

export class MachineCard {
  readonly element: HTMLElement;
  readonly switchButton: HTMLButtonElement;
  private readonly state = element('span', { class: 'state' }, 'waiting');
  private readonly facts = element('p', { class: 'facts' }, NOTHING);
  private readonly keyboard = element('span', { class: 'keyboard', title: 'has the keyboard' }, '⌨ keyboard');
  private readonly startButton: HTMLButtonElement;
  private readonly pauseButton: HTMLButtonElement;
  private readonly resumeButton: HTMLButtonElement;
  /** Of a machine that runs or is paused. */
  private readonly endButtons: readonly HTMLButtonElement[];
  private readonly cpu: Figure;
  private readonly exits: Figure;
  private readonly wakeUps: Figure;
  private last: MachineSample | null = null;
  private isReachable = true;

  constructor(
    name: string,
    index: number,
    vcpus: number,
    order: (order: MachineOrder) => void,
  ) {
    this.switchButton = button('Switch', () => order('focus'), { class: 'primary', title: `give ${name} the keyboard (Ctrl-A ${String(index + 1)})` });
    this.startButton = button('Start', () => order('start'), { title: `start ${name} (Ctrl-A s)` });
    const stop = confirmed('Stop', 'Stop now?', `stop ${name} at once (Ctrl-A k)`, () => order('stop'));
    const reset = confirmed('Reset', 'Reset now?', `reset ${name} (Ctrl-A r)`, () => order('reset'));
    this.pauseButton = button('Pause', () => order('pause'), { title: `pause ${name} (Ctrl-A p)` });
    this.resumeButton = button('Resume', () => order('resume'), { class: 'primary', title: `let ${name} go on (Ctrl-A c)` });
    this.endButtons = [stop, reset];
    this.cpu = { graph: new Graph(vcpus), value: element('output', {}, NOTHING) };
    this.exits = { graph: new Graph(RATE_TOP_MIN), value: element('output', {}, NOTHING) };
    this.wakeUps = { graph: new Graph(RATE_TOP_MIN), value: element('output', {}, NOTHING) };
    const figure = (label: string, { graph, value }: Figure, title: string): HTMLElement =>
      element('div', { class: 'figure', title }, element('span', { class: 'label' }, label), value, graph.element);
    this.element = element(
      'article',
      { class: 'card', attributes: { 'aria-label': `machine ${name}`, 'data-machine': name, 'data-colour': String(index % 6) } },
      element('header', {}, element('h2', {}, name), this.keyboard, this.state),
      this.facts,
      element(
        'div',
        { class: 'figures' },
        figure('CPU use', this.cpu, 'share of one CPU that it used'),
        figure('exits/s', this.exits, 'how often it left to the hypervisor, a second'),
        figure('wake-ups/s', this.wakeUps, 'how often it was woken from waiting, a second'),
      ),
      element('footer', {}, this.switchButton, this.startButton, this.pauseButton, this.resumeButton, stop, reset),
    );
    this.allow();
  }

  /** Between two samples, with what the hypervisor's line has said. */
  setState(state: MachineSample['state'], since: 'now' | 'as before' | null, atMs: number): void {
    if (this.last !== null) {
      const runningSinceMs = since === 'now' ? atMs : since === null ? null : this.last.runningSinceMs;
      this.last = { ...this.last, state, runningSinceMs };
    }
    this.showState(state);
    this.showFacts(atMs);
    if (state !== 'running') for (const { value } of [this.cpu, this.exits, this.wakeUps]) setText(value, NOTHING);
    this.allow();
  }

  show(sample: MachineSample, atMs: number): void {
    this.last = sample;
    this.showState(sample.state);
    this.showFacts(atMs);
    this.figure(this.cpu, atMs, sample.cpuUse, percentText);
    this.figure(this.exits, atMs, sample.exitsPerSecond, rateText);
    this.figure(this.wakeUps, atMs, sample.wakeUpsPerSecond, rateText);
    this.allow();
  }

  setFocus(hasKeyboard: boolean): void {
    this.element.classList.toggle('focused', hasKeyboard);
    this.keyboard.hidden = !hasKeyboard;
    this.switchButton.setAttribute('aria-pressed', String(hasKeyboard));
  }

  /** Whether orders can be given at all. */
  setReachable(isReachable: boolean): void {
    this.isReachable = isReachable;
    this.element.classList.toggle('unreachable', !isReachable);
    this.allow();
  }

  redraw(): void {
    for (const { graph } of [this.cpu, this.exits, this.wakeUps]) graph.redraw();
  }

  private figure({ graph, value }: Figure, atMs: number, amount: number | null, text: (amount: number | null) => string): void {
    setText(value, text(amount));
    graph.push(atMs, amount);
  }

  private showState(state: MachineSample['state']): void {
    setText(this.state, state);
    this.element.dataset['state'] = state;
  }

  private showFacts(atMs: number): void {
    if (this.last === null) return;
    const { memoryMib, vcpus, cpus, runningSinceMs } = this.last;
    const up = runningSinceMs === null ? '' : ` · up ${durationText(atMs - runningSinceMs)}`;
    setText(this.facts, `${memoryMib.toLocaleString('en-US')} MiB · ${cpusText(vcpus, cpus)}${up}`);
  }

  private allow(): void {
    const state = this.last?.state;
    const isRunning = state === 'running';
    const isPaused = state === 'paused';
    this.switchButton.disabled = !this.isReachable;
    // A button that vanishes under the keyboard's focus hands it on.
    const focused = document.activeElement;
    this.startButton.hidden = isRunning || isPaused;
    this.pauseButton.hidden = !isRunning;
    this.resumeButton.hidden = !isPaused;
    for (const each of this.endButtons) each.hidden = !isRunning && !isPaused;
    if (focused instanceof HTMLButtonElement && focused.hidden && this.element.contains(focused)) this.successorOf(focused).focus();
    for (const each of [this.startButton, this.pauseButton, this.resumeButton, ...this.endButtons]) each.disabled = !this.isReachable || this.last === null;
  }

  /** Where the keyboard's focus goes from a button that vanishes: from pausing to resuming and back, so that the same key undoes it. */
  private successorOf(vanished: HTMLButtonElement): HTMLButtonElement {
    if (vanished === this.pauseButton && !this.resumeButton.hidden) return this.resumeButton;
    if (vanished === this.resumeButton && !this.pauseButton.hidden) return this.pauseButton;
    return this.switchButton;
  }
}
