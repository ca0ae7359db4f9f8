/**
 * The hypervisor's own lines with the time at which they came, and what they tell of each machine's life. The hypervisor keeps no
 * clock of the day and no start times; whoever listens from the beginning has both.
 */
import { isEndOf, isPanic, isRefusal } from '../handset/hypervisor-lines.ts';
import type { RunningHandset } from '../handset/running-handset.ts';
import { plainText } from '../terminal/plain-text.ts';
import { type EventKind, EVENTS_MAX, type HandsetEvent } from './protocol.ts';

type Order = 'started' | 'reset' | 'off' | 'stopped' | 'paused' | 'resumed';

/** What the hypervisor says of a machine in one word. */
const WORDS: readonly string[] = ['started', 'reset', 'paused', 'resumed'] satisfies Order[];

/** What `line` says about one of `names`; null if it is not about a machine. */
function machineEvent(line: string, names: readonly string[]): { readonly machine: string; readonly kind: Order } | null {
  const machine = names.find((name) => line.startsWith(`${name}: `));
  if (machine === undefined) return null;
  const rest = line.slice(machine.length + 2);
  if (WORDS.includes(rest)) return { machine, kind: rest as Order };
  return isEndOf(machine, line) ? { machine, kind: rest === 'off' ? 'off' : 'stopped' } : null;
}

export class EventLog {
  readonly events: HandsetEvent[] = [];
  private readonly since = new Map<string, number>();
  private readonly listeners = new Set<(event: HandsetEvent) => void>();
  private readonly names: readonly string[];

  constructor(
    handset: Pick<RunningHandset, 'hypervisor' | 'consoles'>,
    private readonly now: () => number = Date.now,
  ) {
    this.names = handset.consoles.map(({ name }) => name);
    for (const line of handset.hypervisor.lines) this.take(line);
    handset.hypervisor.onLine((line) => {
      this.take(line);
    });
  }

  /** When the machine's present life began; null if nothing has said that it runs. */
  runningSinceMs(machine: string): number | null {
    return this.since.get(machine) ?? null;
  }

  onEvent(listener: (event: HandsetEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private take(line: string): void {
    const atMs = this.now();
    const about = machineEvent(line, this.names);
    if (about?.kind === 'started' || about?.kind === 'reset') this.since.set(about.machine, atMs);
    else if (about?.kind === 'off' || about?.kind === 'stopped') this.since.delete(about.machine);
    const failure: EventKind | null = isPanic(line) || isRefusal(line) || line.startsWith('  at ') ? 'failure' : null;
    const event = { atMs, kind: about?.kind ?? failure ?? 'board', machine: about?.machine ?? null, text: plainText(line) } as const;
    this.events.push(event);
    if (this.events.length > EVENTS_MAX) this.events.shift();
    for (const listener of this.listeners) listener(event);
  }
}
