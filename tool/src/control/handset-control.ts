/**
 * What can be asked of a running handset, whoever asks: it adds to RunningHandset that an order is answered when it has been
 * carried out, or refused in words where it makes no sense.
 */
import type { Machine } from '../config/check.ts';
import { isEndOf } from '../handset/hypervisor-lines.ts';
import type { RunningHandset } from '../handset/running-handset.ts';
import { Refusal } from '../refusal.ts';
import type { Console } from '../serial/console.ts';
import { settledText } from '../terminal/plain-text.ts';
import { EventLog } from './event-log.ts';
import type { Focus } from './focus.ts';
import { PAST_CHARACTERS_MAX, type ResultOf } from './protocol.ts';
import { Sampler } from './sampler.ts';

/** What is needed of a handset to control it. */
export type ControlledHandset = Pick<
  RunningHandset,
  'consoles' | 'hypervisor' | 'ended' | 'console' | 'status' | 'start' | 'kill' | 'reset' | 'congestion'
>;

export type Order = 'start' | 'stop' | 'reset';

/** Loading a large machine takes a while on a busy host. */
const ORDER_TIMEOUT_MS = 20_000;
/** A machine that is reset in the first moments of its life is so without a line. */
const YOUNG_MS = 1000;
const SILENT_RESET_MS = 2000;

/** Why an order makes no sense in this state; null if it does. */
function objection(order: Order, isRunning: boolean): string | null {
  if (order === 'start') return isRunning ? 'runs already' : null;
  return isRunning ? null : 'does not run';
}

function isAnswer(order: Order, machine: string, line: string): boolean {
  if (order === 'stop') return isEndOf(machine, line);
  return line === `${machine}: ${order === 'start' ? 'started' : 'reset'}`;
}

export class HandsetControl {
  readonly events: EventLog;
  readonly sampler: Sampler;

  constructor(
    readonly handset: ControlledHandset,
    readonly focus: Focus,
    readonly machines: readonly Pick<Machine, 'name' | 'memoryMib' | 'vcpus'>[],
  ) {
    this.events = new EventLog(handset);
    this.sampler = new Sampler(handset, (name) => this.events.runningSinceMs(name));
  }

  get focusedMachine(): string | null {
    return this.focus.current === null ? null : (this.handset.consoles[this.focus.current]?.name ?? null);
  }

  /** Gives a machine the keyboard. */
  focusOn(machine: string): void {
    this.focus.set(this.handset.consoles.indexOf(this.handset.console(machine)));
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
    const reason = objection(order, machines.some((candidate) => candidate.name === name && candidate.state === 'running'));
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
