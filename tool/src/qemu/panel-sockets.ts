/**
 * QEMU's ends of the handset's panel: its VNC server, by which the panel is seen and touched, and its control line, by which it is
 * photographed.
 *
 * Both are Unix sockets in a folder that nobody but its owner can enter, since neither asks for a password: a TCP port would be open
 * to every user of this computer.
 */
import { rmSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { removeLeftBehind } from '../files/left-behind.ts';
import { Refusal } from '../refusal.ts';
import { ControlLine } from './control-line.ts';

/** Of a Unix socket, without the NUL at its end [Linux, include/uapi/linux/un.h]. */
const PATH_BYTES_MAX = 107;
const LEFT_BEHIND = /^panel-(\d+)-/;

/** Where QEMU is to listen. */
export interface PanelPaths {
  readonly vnc: string;
  readonly control: string;
}

export class PanelSockets {
  readonly paths: PanelPaths;
  private line: ControlLine | null = null;
  private pictures = 0;

  private constructor(private readonly folder: string) {
    this.paths = { vnc: join(folder, 'vnc'), control: join(folder, 'control') };
    process.once('exit', this.remove);
  }

  /** In a new folder inside `parent`, which is its owner's alone. */
  static async create(parent: string): Promise<PanelSockets> {
    await removeLeftBehind(parent, LEFT_BEHIND);
    const sockets = new PanelSockets(await mkdtemp(join(parent, `panel-${String(process.pid)}-`)));
    const bytes = Buffer.byteLength(sockets.paths.control);
    if (bytes <= PATH_BYTES_MAX) return sockets;
    sockets.remove();
    throw new Refusal(`${parent}: too long for the panel's sockets, by ${String(bytes - PATH_BYTES_MAX)} bytes; set XDG_RUNTIME_DIR to a shorter folder`);
  }

  /** A connection to the VNC server. */
  display(): Socket {
    return connect(this.paths.vnc);
  }

  /** What is on the panel, as a PNG file. */
  async picture(): Promise<Buffer> {
    this.pictures += 1;
    const file = join(this.folder, `${String(this.pictures)}.png`);
    if (this.line === null || this.line.isClosed) this.line = new ControlLine(this.paths.control);
    try {
      await this.line.command('screendump', { filename: file, format: 'png' });
      return await readFile(file);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Refusal(`QEMU gave no picture of the panel: ${reason}; it takes version 7.1 or newer`, { cause: error });
    } finally {
      await rm(file, { force: true });
    }
  }

  /** What is listened on is gone with it. */
  readonly remove = (): void => {
    process.off('exit', this.remove);
    this.line?.end();
    rmSync(this.folder, { recursive: true, force: true });
  };
}
