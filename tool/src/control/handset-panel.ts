/**
 * The handset's panel, as whoever controls the handset knows it: which machines have a screen on it, which of them is in front, and the orders
 * by which another one is. Orders go to the device machine over its console, and what it shows it says there too
 * (device-machine/src/orders.ts), so that a finger on the panel, a key and a request are all known alike.
 */
import type { Duplex } from 'node:stream';
import { Refusal } from '../refusal.ts';
import type { Console } from '../serial/console.ts';
import type { PanelFront } from './protocol.ts';

/** What introduces an order on the device machine's console, and the orders' letters, as device-machine/src/orders.ts has them. */
const ORDER = 0x11; // DC1
const SHOW_ALL = 0x40; // "@"
const SHOW_FIRST = 0x41; // "A": the first machine of the manifest in full
const GIVE_FIRST = 0x61; // "a": it has the input, and is in full only if the one before was
const SAID = /^panel shows (all, input to )?(\S+)$/;
const PATIENCE_MS = 10_000;

/** The panel's two doors in QEMU. */
export interface PanelDoors {
  /** A connection to the VNC server. */
  display(): Duplex;
  /** A picture, as a PNG file. */
  picture(): Promise<Buffer>;
}

export interface PanelDescription {
  readonly width: number;
  readonly height: number;
  /** Those of the manifest's that have a screen, by name and index. */
  readonly screens: readonly { readonly name: string; readonly index: number }[];
}

export class HandsetPanel {
  private shown: PanelFront | null = null;
  private readonly listeners = new Set<(front: PanelFront) => void>();

  constructor(
    readonly description: PanelDescription,
    readonly doors: PanelDoors,
    private readonly deviceMachine: Pick<Console, 'lines' | 'onLine' | 'write'>,
  ) {
    for (const line of deviceMachine.lines) this.take(line);
    deviceMachine.onLine((line) => {
      this.take(line);
    });
  }

  /** Which machine has the panel's input, and whether its screen is all that is shown; null before the device machine has said so. */
  get front(): PanelFront | null {
    return this.shown;
  }

  /** Calls `listener` whenever the device machine says what it shows; the result stops that. */
  onFront(listener: (front: PanelFront) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  hasScreen(machine: string): boolean {
    return this.description.screens.some(({ name }) => name === machine);
  }

  /** A machine's screen in full, or all side by side. Resolves when it is so. */
  async show(machine: string | null): Promise<void> {
    await this.order(machine === null ? SHOW_ALL : SHOW_FIRST + this.indexOf(machine));
  }

  /** A machine has the panel's input; its screen is shown in full if the last one's was. */
  async give(machine: string): Promise<void> {
    await this.order(GIVE_FIRST + this.indexOf(machine));
  }

  private indexOf(machine: string): number {
    const found = this.description.screens.find(({ name }) => name === machine);
    if (found) return found.index;
    throw new Refusal(`${machine} has no screen; machines with one: ${this.description.screens.map(({ name }) => name).join(', ')}`);
  }

  private order(letter: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        stop();
        reject(new Refusal(`the device machine has not answered within ${String(PATIENCE_MS / 1000)} s`));
      }, PATIENCE_MS).unref();
      const stop = this.onFront(() => {
        clearTimeout(timer);
        stop();
        resolve();
      });
      this.deviceMachine.write(Buffer.from([ORDER, letter]));
    });
  }

  private take(line: string): void {
    const [, all, machine] = SAID.exec(line) ?? [];
    if (machine === undefined || !this.hasScreen(machine)) return;
    this.shown = { machine, inFull: all === undefined };
    for (const listener of this.listeners) listener(this.shown);
  }
}
