/** QEMU's own control line, by which a test is the finger, the keyboard and the eye of whoever holds the handset. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ControlLine } from 'thimble/qemu/control-line.ts';

const AXIS_MAX = 0x7fff;

/** What is on the panel. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Red, green and blue as one number. */
  pixel(x: number, y: number): number;
}

export class QemuMonitor {
  readonly folder = mkdtempSync(join(tmpdir(), 'thimble-monitor-'));
  readonly #socket = join(this.folder, 'qmp');
  /** For the QEMU that is to be controlled. */
  readonly extraArguments = ['-qmp', `unix:${this.#socket},server=on,wait=off`];
  #line: ControlLine | null = null;

  async #command(name: string, parameters: object = {}): Promise<void> {
    this.#line ??= new ControlLine(this.#socket);
    await this.#line.command(name, parameters);
  }

  /** Presses and releases keys, by QEMU's names. */
  async press(...keys: readonly string[]): Promise<void> {
    for (const data of keys) {
      for (const down of [true, false]) {
        await this.#command('input-send-event', { events: [{ type: 'key', data: { down, key: { type: 'qcode', data } } }] });
      }
    }
  }

  /** Presses the board's power button, which is a pin of its GPIO. */
  async powerButton(): Promise<void> {
    await this.#command('system_powerdown');
  }

  /** Touches the panel at a place, both between 0 and 1. */
  async touch(x: number, y: number): Promise<void> {
    const axes = [['x', x], ['y', y]].map(([axis, value]) => ({ type: 'abs', data: { axis, value: Math.round(Number(value) * AXIS_MAX) } }));
    for (const down of [true, false]) {
      await this.#command('input-send-event', { events: [...axes, { type: 'btn', data: { down, button: 'left' } }] });
    }
  }

  async picture(): Promise<Picture> {
    const file = join(this.folder, 'panel.ppm');
    await this.#command('screendump', { filename: file });
    const bytes = readFileSync(file);
    const [head, width = '', height = ''] = /^P6\s(\d+)\s(\d+)\s255\s/.exec(bytes.subarray(0, 40).toString('latin1')) ?? [''];
    return { width: Number(width), height: Number(height), pixel: (x, y) => bytes.readUIntBE(head.length + (y * Number(width) + x) * 3, 3) };
  }

  remove(): void {
    this.#line?.end();
    rmSync(this.folder, { recursive: true });
  }
}
