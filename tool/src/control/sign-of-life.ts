/** Whether the other end of a WebSocket is still there: it is asked now and then, and dropped when it has not answered the last time. */
import type { WebSocket } from 'ws';

export class SignOfLife {
  private isAlive = true;

  constructor(private readonly socket: WebSocket) {
    socket.on('pong', () => {
      this.isAlive = true;
    });
  }

  probe(): void {
    // One that is made to wait with its input cannot be heard.
    if (this.socket.isPaused) return;
    if (!this.isAlive) {
      this.socket.terminate();
      return;
    }
    this.isAlive = false;
    this.socket.ping();
  }
}
