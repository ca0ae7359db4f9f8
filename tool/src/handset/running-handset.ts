/**
 * A handset that runs: its consoles, its status, and orders to its machines.
 */
import { Console } from '../serial/console.ts';
import { InputEncoder, machineOrder, type Order, powerOffRequest, statusRequest } from '../serial/commands.ts';
import { Demultiplexer } from '../serial/demultiplexer.ts';
import { LineSplitter } from '../serial/line-splitter.ts';
import { type HandsetStatus, STATUS_MARK, StatusReader } from '../serial/status.ts';
import { Qemu, type QemuExit } from '../qemu/qemu.ts';
import { Refusal } from '../refusal.ts';
import { DumpReader } from './symbolizer.ts';

const STATUS_TIMEOUT_MS = 10_000;
const POWER_OFF_TIMEOUT_MS = 5_000;

/** How a handset came to its end. */
export interface HandsetExit {
  /** Whether the board was powered off, by its machines or on request. */
  readonly poweredOff: boolean;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

interface StatusWaiter {
  readonly resolve: (status: HandsetStatus) => void;
  readonly reject: (error: Error) => void;
}

export interface HandsetParts {
  readonly machineNames: readonly string[];
  readonly elfFile: string | null;
  readonly qemuArguments: readonly string[];
}

export class RunningHandset {
  /** The machines' consoles, in the manifest's order. */
  readonly consoles: readonly Console[];
  /** The hypervisor's own console, without status lines, with names in its dumps. */
  readonly hypervisor: Console;
  /** Resolves when the handset has ended; refused when QEMU could not run it. */
  readonly ended: Promise<HandsetExit>;
  private readonly qemu: Qemu;
  private readonly input = new InputEncoder();
  private readonly statusReader = new StatusReader();
  private readonly statusWaiters: StatusWaiter[] = [];
  private stopped = false;

  constructor(parts: HandsetParts) {
    this.consoles = parts.machineNames.map(
      (name, index) =>
        new Console(name, (data) => {
          this.qemu.write(this.input.encode(index, data));
        }),
    );
    this.hypervisor = new Console('hypervisor', () => {
      throw new Error('the hypervisor takes no text; use status, reset, kill, start, pause, resume or powerOff');
    });
    const dump = new DumpReader(parts.elfFile);
    const ownLines = new LineSplitter((line) => {
      if (line.startsWith(STATUS_MARK)) this.takeStatus(line);
      else this.hypervisor.receiveLine(dump.annotate(line));
    });
    const serial = new Demultiplexer((channel, data) => {
      if (channel === 'hypervisor') ownLines.push(data);
      else this.consoles[channel]?.receive(data);
    });
    this.qemu = new Qemu(parts.qemuArguments, (data) => {
      serial.push(data);
    });
    this.ended = this.watch();
    this.ended.catch(() => undefined);
  }

  /** The console of the machine `name`. */
  console(name: string): Console {
    const found = this.consoles[this.indexOf(name)];
    if (!found) throw new Error(`machine ${name} has no console`);
    return found;
  }

  /** Asks the hypervisor how everything is. */
  status({ timeoutMs = STATUS_TIMEOUT_MS } = {}): Promise<HandsetStatus> {
    return new Promise((resolve, reject) => {
      if (this.stopped) {
        reject(new Refusal('the handset has stopped'));
        return;
      }
      const forget = (): void => {
        clearTimeout(timer);
        const index = this.statusWaiters.indexOf(waiter);
        if (index >= 0) this.statusWaiters.splice(index, 1);
      };
      const waiter: StatusWaiter = {
        resolve: (status) => {
          forget();
          resolve(status);
        },
        reject: (error) => {
          forget();
          reject(error);
        },
      };
      const timer = setTimeout(() => {
        waiter.reject(new Refusal(`the hypervisor gave no status within ${String(timeoutMs / 1000)} s`));
      }, timeoutMs);
      this.statusWaiters.push(waiter);
      this.qemu.write(statusRequest());
    });
  }

  reset(name: string): void {
    this.order('reset', name);
  }

  /** Stops a machine at once. */
  kill(name: string): void {
    this.order('kill', name);
  }

  start(name: string): void {
    this.order('start', name);
  }

  /** Stops a machine in its tracks, to go on from there when it is resumed. */
  pause(name: string): void {
    this.order('pause', name);
  }

  resume(name: string): void {
    this.order('resume', name);
  }

  /** Powers the board off in order; by force if it does not answer. */
  async powerOff({ timeoutMs = POWER_OFF_TIMEOUT_MS } = {}): Promise<HandsetExit> {
    if (!this.stopped) this.qemu.write(powerOffRequest());
    const timer = setTimeout(() => {
      this.qemu.kill();
    }, timeoutMs);
    try {
      return await this.ended;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the handset at once. */
  async close(): Promise<void> {
    this.qemu.kill();
    await this.ended.catch(() => undefined);
  }

  /** Resolves when the serial line has taken what was typed and ordered; null if it keeps up. */
  congestion(): Promise<void> | null {
    return this.qemu.congestion();
  }

  /** Raw bytes on the serial line, for tests of what the line does with them. */
  writeSerial(data: Uint8Array): void {
    this.qemu.write(data);
  }

  private order(order: Order, name: string): void {
    this.qemu.write(machineOrder(order, this.indexOf(name)));
  }

  private indexOf(name: string): number {
    const index = this.consoles.findIndex((candidate) => candidate.name === name);
    if (index < 0) {
      const names = this.consoles.map((candidate) => candidate.name).join(', ');
      throw new Refusal(`no machine is called "${name}"; there are ${names}`);
    }
    return index;
  }

  private takeStatus(line: string): void {
    try {
      const status = this.statusReader.push(line);
      if (status) this.statusWaiters.at(0)?.resolve(status);
    } catch (error) {
      this.statusWaiters.at(0)?.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private async watch(): Promise<HandsetExit> {
    const exit = await this.qemu.exited.finally(() => {
      this.stopped = true;
    });
    const reason = exit.killed ? 'the handset was stopped' : 'the handset powered off';
    for (const each of [...this.consoles, this.hypervisor]) each.close(reason);
    for (const waiter of [...this.statusWaiters]) waiter.reject(new Refusal(reason));
    this.refuseFailure(exit);
    return { poweredOff: !exit.killed && exit.code === 0, code: exit.code, signal: exit.signal };
  }

  private refuseFailure({ killed, code, signal }: QemuExit): void {
    if (killed || code === 0) return;
    const how = signal === null ? `ended with status ${String(code)}` : `was ended by ${signal}`;
    throw new Refusal(`QEMU ${how}${this.qemu.complaint === '' ? '' : `: ${this.qemu.complaint}`}`);
  }
}
