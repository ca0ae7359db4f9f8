/** A finger on the panel and keys, by QEMU's machine protocol: orders alone, whose effect is seen on the handset. */
import { connect, type Socket } from 'node:net';

const AXIS_MAX = 0x7fff;

export class FingerAndKeys {
  private readonly socket: Socket;

  /** `path` is a Unix socket on which QEMU listens: see `qemuArguments`. */
  constructor(path: string) {
    this.socket = connect(path);
    this.socket.on('error', () => undefined);
    this.order('qmp_capabilities');
    // QEMU goes on only while its answers are read.
    this.socket.resume();
  }

  static qemuArguments(path: string): string[] {
    return ['-qmp', `unix:${path},server=on,wait=off`];
  }

  /** By QEMU's names. */
  press(key: string): void {
    for (const down of [true, false]) this.inject([{ type: 'key', data: { down, key: { type: 'qcode', data: key } } }]);
  }

  /** Places the finger in the panel's middle, or lifts it. */
  touch(down: boolean): void {
    const middle = ['x', 'y'].map((axis) => ({ type: 'abs', data: { axis, value: Math.floor(AXIS_MAX / 2) } }));
    this.inject([...middle, { type: 'btn', data: { down, button: 'left' } }]);
  }

  close(): void {
    this.socket.destroy();
  }

  private inject(events: readonly object[]): void {
    this.order('input-send-event', { events });
  }

  private order(execute: string, parameters: object = {}): void {
    this.socket.write(`${JSON.stringify({ execute, arguments: parameters })}\n`);
  }
}
