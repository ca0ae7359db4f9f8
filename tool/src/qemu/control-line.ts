/** QEMU's control line: its machine protocol, spoken on a Unix socket. Orders are answered one after the other. */
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { Refusal } from '../refusal.ts';

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** What QEMU says. Events, and its greeting, have neither. */
interface Answer {
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
}

export class ControlLine {
  private readonly socket: Socket;
  private readonly waiters: Waiter[] = [];
  private readonly isOpen: Promise<void>;
  private closedBecause: string | null = null;

  constructor(path: string) {
    this.socket = connect(path);
    const fail = (error: Error): void => {
      this.close(error.message);
    };
    this.socket.on('error', fail);
    this.socket.once('close', () => {
      this.close('QEMU has closed its control line');
    });
    createInterface(this.socket)
      .on('line', (line) => {
        this.take(JSON.parse(line) as Answer);
      })
      .on('error', fail);
    this.isOpen = this.order('qmp_capabilities', {});
    this.isOpen.catch(() => undefined);
  }

  get isClosed(): boolean {
    return this.closedBecause !== null;
  }

  /** Resolves when QEMU has carried out the command; refused with its own words. */
  async command(name: string, parameters: object = {}): Promise<void> {
    await this.isOpen;
    await this.order(name, parameters);
  }

  end(): void {
    this.socket.destroy();
  }

  private order(name: string, parameters: object): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.closedBecause !== null) {
        reject(new Refusal(this.closedBecause));
        return;
      }
      this.waiters.push({ resolve, reject });
      this.socket.write(`${JSON.stringify({ execute: name, arguments: parameters })}\n`);
    });
  }

  private take(answer: Answer): void {
    if (answer.error) this.waiters.shift()?.reject(new Refusal(answer.error.desc));
    else if (answer.return !== undefined) this.waiters.shift()?.resolve();
  }

  private close(reason: string): void {
    this.closedBecause ??= reason;
    for (const { reject } of this.waiters.splice(0)) reject(new Refusal(this.closedBecause));
  }
}
