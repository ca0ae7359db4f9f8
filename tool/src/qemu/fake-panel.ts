/**
 * For tests: what QEMU listens on for a panel. Its VNC server sends back whatever it gets; its control line takes pictures that are a word
 * and a number, or refuses with what `refusal` says.
 */
import { writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { PanelPaths } from './panel-sockets.ts';

interface Command {
  readonly execute: string;
  readonly arguments: { readonly filename?: string; readonly format?: string };
}

export class FakePanel {
  /** Connections to the VNC server. */
  readonly viewers = new Set<Socket>();
  /** What it got, in bytes, and whether it takes more. */
  received = 0;
  isDeaf = false;
  refusal: string | null = null;
  pictures = 0;
  private readonly servers: Server[];
  private readonly lines = new Set<Socket>();

  private constructor() {
    this.servers = [createServer((socket) => this.show(socket)), createServer((socket) => this.listen(socket))];
  }

  static async open({ vnc, control }: PanelPaths): Promise<FakePanel> {
    const fake = new FakePanel();
    const paths = [vnc, control];
    await Promise.all(fake.servers.map((server, index) => new Promise<void>((done) => server.listen(paths[index], done))));
    return fake;
  }

  close(): void {
    for (const socket of [...this.viewers, ...this.lines]) socket.destroy();
    for (const server of this.servers) server.close();
  }

  private show(socket: Socket): void {
    this.viewers.add(socket);
    if (this.isDeaf) socket.pause();
    socket.on('data', (data) => {
      this.received += data.length;
      socket.write(data);
    });
    socket.on('error', () => undefined);
    socket.once('close', () => this.viewers.delete(socket));
  }

  private listen(socket: Socket): void {
    this.lines.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.lines.delete(socket));
    socket.write('{"QMP": {"version": {}, "capabilities": []}}\n');
    const lines = createInterface(socket);
    lines.on('error', () => undefined);
    lines.on('line', (line) => {
      socket.write(`${JSON.stringify({ event: 'RTC_CHANGE', data: {} })}\n${JSON.stringify(this.answer(JSON.parse(line) as Command))}\n`);
    });
  }

  private answer({ execute, arguments: { filename, format } }: Command): object {
    if (execute === 'qmp_capabilities') return { return: {} };
    if (execute !== 'screendump' || format !== 'png' || filename === undefined) return { error: { class: 'GenericError', desc: 'what?' } };
    if (this.refusal !== null) return { error: { class: 'GenericError', desc: this.refusal } };
    this.pictures += 1;
    writeFileSync(filename, `picture ${String(this.pictures)}`);
    return { return: {} };
  }
}
