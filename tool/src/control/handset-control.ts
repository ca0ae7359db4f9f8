/**
 * What can be asked of a running handset, whoever asks: it adds to RunningHandset that an order is answered when it has been
 * carried out, or refused in words where it makes no sense.
 */
import type { Machine } from '../config/check.ts';
import { isEndOf } from '../handset/hypervisor-lines.ts';
import type { RunningHandset } from '../handset/running-handset.ts';
import { Refusal } from '../refusal.ts';
import type { Console } from '../serial/console.ts';
import type { MachineState } from '../serial/status.ts';
import { settledText } from '../terminal/plain-text.ts';
import { EventLog } from './event-log.ts';
import type { Focus } from './focus.ts';
import type { HandsetPanel } from './handset-panel.ts';
import { PAST_CHARACTERS_MAX, type ResultOf } from './protocol.ts';
import { Sampler } from './sampler.ts';

/** What is needed of a handset to control it. */
export type ControlledHandset = Pick<
  RunningHandset,
  'consoles' | 'hypervisor' | 'ended' | 'console' | 'status' | 'start' | 'kill' | 'reset' | 'pause' | 'resume' | 'congestion'
>;

export type Order = 'start' | 'stop' | 'reset' | 'pause' | 'resume';

/** What the hypervisor says when an order was carried out; a stop has several words. */
const ANSWERS: Readonly<Record<Exclude<Order, 'stop'>, string>> = { start: 'started', reset: 'reset', pause: 'paused', resume: 'resumed' };

/** Loading a large machine takes a while on a busy host. */
const ORDER_TIMEOUT_MS = 20_000;
/** A machine that is reset in the first moments of its life is so without a line. */
const YOUNG_MS = 1000;
const SILENT_RESET_MS = 2000;

/** Why an order makes no sense in this state; null if it does. */
export function objection(order: Order, state: MachineState | undefined): string | null {
  const isPaused = state === 'paused';
  if (order === 'start') return state === 'running' ? 'runs already' : isPaused ? 'is paused; resume it' : null;
  if (order === 'resume') return isPaused ? null : 'is not paused';
  if (isPaused) return order === 'pause' ? 'is paused already' : null;
  // One that waits for its devices can be kept from starting.
  return state === 'running' || (state === 'waiting' && order === 'stop') ? null : 'does not run';
}

function isAnswer(order: Order, machine: string, line: string): boolean {
  if (order === 'stop') return isEndOf(machine, line);
  return line === `${machine}: ${ANSWERS[order]}`;
}

export class HandsetControl {
  readonly events: EventLog;
  readonly sampler: Sampler;

  constructor(
    readonly handset: ControlledHandset,
    readonly focus: Focus,
    readonly machines: readonly Pick<Machine, 'name' | 'memoryMib' | 'vcpus'>[],
    readonly panel: HandsetPanel | null = null,
  ) {
    focus.onChange(() => {
      this.followFocus();
    });
    this.events = new EventLog(handset);
    this.sampler = new Sampler(handset, (name) => this.events.runningSinceMs(name));
  }

  get focusedMachine(): string | null {
    return this.focus.current === null ? null : (this.handset.consoles[this.focus.current]?.name ?? null);
  }

  /** Gives a machine the keyboard and, if it has a screen, the panel's input; with `inFull` all of the panel. */
  async focusOn(machine: string, inFull: boolean): Promise<void> {
    const before = this.focus.current;
    this.focus.set(this.handset.consoles.indexOf(this.handset.console(machine)));
    if (!this.panel?.hasScreen(machine)) return;
    if (inFull) await this.panel.show(machine);
    // It has the keyboard already, but perhaps not the panel's input.
    else if (before === this.focus.current) await this.panel.give(machine);
  }

  /** A machine's screen in full on the panel, or all side by side. */
  async show(machine: string | null): Promise<void> {
    if (machine !== null) this.handset.console(machine);
    await this.needPanel().show(machine);
  }

  /** A picture of the panel. */
  async screenshot(): Promise<ResultOf<'screenshot'>> {
    const { description, doors } = this.needPanel();
    const png = await doors.picture();
    return { width: description.width, height: description.height, png: png.toString('base64') };
  }

  private needPanel(): HandsetPanel {
    if (this.panel) return this.panel;
    throw new Refusal('this handset has no screen; give a machine of its configuration screen: true');
  }

  /** Whoever has the keyboard, wherever it was given to it, has the panel's input. */
  private followFocus(): void {
    const { focusedMachine: machine, panel } = this;
    // A device machine that does not answer has the panel stay as it is.
    if (machine !== null && panel?.hasScreen(machine)) panel.give(machine).catch(() => undefined);
  }

  console(machine: string): Console {
    return this.handset.console(machine);
  }

  /** What a console has said, as plain text: its escape sequences are not to be answered once more. */
  past(machine: string, count: number): ResultOf<'watch-console'> {
    const console = this.handset.console(machine);
    const lines: string[] = [];
    let characters = 0;
    for (const line of count === 0 ? [] : console.lines.slice(-count).reverse()) {
      const text = settledText(line);
      characters += text.length;
      if (characters > PAST_CHARACTERS_MAX) break;
      lines.push(text);
    }
    return { lines: lines.reverse(), partial: settledText(console.partialLine) };
  }

  /** Resolves when the hypervisor has said that it is so. */
  async order(order: Order, machine: string): Promise<void> {
    const { handset } = this;
    const { name } = handset.console(machine);
    const { machines } = await handset.status();
    const reason = objection(order, machines.find((candidate) => candidate.name === name)?.state);
    if (reason !== null) throw new Refusal(`${name} ${reason}`);
    const isSilent = order === 'reset' && Date.now() - (this.events.runningSinceMs(name) ?? 0) < YOUNG_MS;
    const answered = this.answerTo(order, name);
    if (order === 'stop') handset.kill(name);
    else handset[order](name);
    const timeoutMs = isSilent ? SILENT_RESET_MS : ORDER_TIMEOUT_MS;
    if ((await answered.within(timeoutMs)) || isSilent) return;
    throw new Refusal(`${order} ${name}: the hypervisor has not answered within ${String(timeoutMs / 1000)} s`);
  }

  private answerTo(order: Order, machine: string): { readonly within: (timeoutMs: number) => Promise<boolean> } {
    let timer: NodeJS.Timeout | undefined;
    let stop = (): void => undefined;
    const heard = new Promise<boolean>((resolve) => {
      stop = this.handset.hypervisor.onLine((line) => {
        if (isAnswer(order, machine, line)) resolve(true);
      });
      // The end of the last machine is the board's.
      this.handset.ended.then(
        () => {
          resolve(order === 'stop');
        },
        () => {
          resolve(false);
        },
      );
    });
    return {
      within: async (timeoutMs) => {
        const late = new Promise<boolean>((resolve) => {
          timer = setTimeout(resolve, timeoutMs, false);
        });
        return Promise.race([heard, late]).finally(() => {
          clearTimeout(timer);
          stop();
        });
      },
    };
  }
}
