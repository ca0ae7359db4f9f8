/**
 * The page's end of the protocol. A connection that breaks is made again, sooner at first than later, until the handset says
 * that it has ended.
 */
import {
  parseResult,
  parseServerMessage,
  type RequestName,
  type RequestOf,
  type ResultOf,
  type ServerMessage,
  SUBPROTOCOL,
} from 'thimble/control/protocol.ts';

const DELAY_MS_MIN = 500;
const DELAY_MS_MAX = 5000;
const REPLY_TIMEOUT_MS = 30_000;

export type ConnectionState =
  | { readonly kind: 'connecting' | 'open' }
  /** No answer since then; `attempts` have failed. */
  | { readonly kind: 'lost'; readonly sinceMs: number; readonly attempts: number }
  | { readonly kind: 'ended'; readonly reason: string };

export interface ConnectionListener {
  readonly onState: (state: ConnectionState) => void;
  readonly onMessage: (message: ServerMessage) => void;
}

interface Waiter {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class Connection {
  private socket: WebSocket | null = null;
  private readonly waiters = new Map<number, Waiter>();
  private requests = 0;
  private attempts = 0;
  private lostSinceMs: number | null = null;
  private endedBecause: string | null = null;

  constructor(
    private readonly address: string,
    private readonly listener: ConnectionListener,
  ) {}

  open(): void {
    if (this.lostSinceMs === null) this.listener.onState({ kind: 'connecting' });
    const socket = new WebSocket(this.address, SUBPROTOCOL);
    this.socket = socket;
    socket.addEventListener('message', ({ data }) => {
      if (typeof data === 'string') this.receive(data);
    });
    socket.addEventListener('close', () => {
      this.closed();
    });
  }

  request<Name extends RequestName>(name: Name, fields: RequestOf<Name>): Promise<ResultOf<Name>> {
    const { socket } = this;
    if (socket?.readyState !== WebSocket.OPEN) return Promise.reject(new Error('the handset is out of reach'));
    this.requests += 1;
    const id = this.requests;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiters.delete(id);
        reject(new Error(`${name}: the handset has not answered`));
      }, REPLY_TIMEOUT_MS);
      this.waiters.set(id, {
        resolve: (result) => {
          clearTimeout(timer);
          resolve(parseResult(name, result));
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      socket.send(JSON.stringify({ id, request: name, ...fields }));
    });
  }

  private receive(frame: string): void {
    const message = parseServerMessage(frame);
    if (message === null) return;
    if (message.message === 'reply') {
      const waiter = this.waiters.get(message.id);
      this.waiters.delete(message.id);
      if (message.refusal === undefined) waiter?.resolve(message.result);
      else waiter?.reject(new Error(message.refusal));
      return;
    }
    if (message.message === 'welcome') {
      this.attempts = 0;
      this.lostSinceMs = null;
      this.listener.onState({ kind: 'open' });
    }
    if (message.message === 'ended') this.endedBecause = message.reason;
    this.listener.onMessage(message);
  }

  private closed(): void {
    this.socket = null;
    for (const { reject } of this.waiters.values()) reject(new Error('the handset is out of reach'));
    this.waiters.clear();
    if (this.endedBecause !== null) {
      this.listener.onState({ kind: 'ended', reason: this.endedBecause });
      return;
    }
    this.lostSinceMs ??= Date.now();
    this.attempts += 1;
    this.listener.onState({ kind: 'lost', sinceMs: this.lostSinceMs, attempts: this.attempts });
    setTimeout(() => {
      this.open();
    }, Math.min(DELAY_MS_MAX, DELAY_MS_MIN * 2 ** (this.attempts - 1)));
  }
}
