/** A finger on the panel and keys, by QEMU's control line, for those who measure what they cost. */
import { ControlLine } from '../qemu/control-line.ts';

const AXIS_MAX = 0x7fff;

export class FingerAndKeys {
  private readonly line: ControlLine;

  /** `path` is a Unix socket on which QEMU listens: see `qemuArguments`. */
  constructor(path: string) {
    this.line = new ControlLine(path);
  }

  static qemuArguments(path: string): string[] {
    return ['-qmp', `unix:${path},server=on,wait=off`];
  }

  /** By QEMU's names. */
  async press(key: string): Promise<void> {
    for (const down of [true, false]) await this.inject([{ type: 'key', data: { down, key: { type: 'qcode', data: key } } }]);
  }

  /** Places the finger in the panel's middle, or lifts it. */
  async touch(down: boolean): Promise<void> {
    const middle = ['x', 'y'].map((axis) => ({ type: 'abs', data: { axis, value: Math.floor(AXIS_MAX / 2) } }));
    await this.inject([...middle, { type: 'btn', data: { down, button: 'left' } }]);
  }

  close(): void {
    this.line.end();
  }

  private inject(events: readonly object[]): Promise<void> {
    return this.line.command('input-send-event', { events });
  }
}
