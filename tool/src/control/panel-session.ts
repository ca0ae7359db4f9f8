/**
 * One browser's view of the panel: its WebSocket carries QEMU's VNC protocol, unread, to the VNC server and back. Each end is made to wait
 * while the other does not take what it sent, and nothing is kept but what is on its way; when one is gone, so is the other.
 */
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream';
import { createWebSocketStream, type WebSocket } from 'ws';
import { SignOfLife } from './sign-of-life.ts';

export class PanelSession {
  private readonly life: SignOfLife;

  constructor(socket: WebSocket, display: Duplex) {
    this.life = new SignOfLife(socket);
    const browser = createWebSocketStream(socket);
    pipeline(browser, display, browser, () => {
      // However it ended, nobody is left who could be told.
      socket.terminate();
    });
  }

  probe(): void {
    this.life.probe();
  }
}
