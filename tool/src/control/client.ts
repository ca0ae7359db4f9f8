/** The command line's end of the protocol: which handset, and a conversation with it. */
import WebSocket from 'ws';
import { Refusal } from '../refusal.ts';
import {
  parseResult,
  parseServerMessage,
  type RequestName,
  type RequestOf,
  type ResultOf,
  type ServerMessage,
  SUBPROTOCOL,
  type Welcome,
} from './protocol.ts';
import { runningHandsets, type SessionRecord } from './session-file.ts';

const CONNECT_TIMEOUT_MS = 5000;
/** Longer than any order takes. */
const REPLY_TIMEOUT_MS = 30_000;

/** How a command ends that finds no handset, or whose handset ends before it does; docs/control.md lists them. */
export const NO_HANDSET_STATUS = 2;
export const HANDSET_GONE_STATUS = 3;

interface Waiter {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

function listed({ name, pid }: SessionRecord): string {
  return `${name} (${String(pid)})`;
}

/** The handset that `wanted` names, by its name or its process; without it, the only one. */
export async function chooseHandset(wanted: string | undefined, folder?: string): Promise<SessionRecord> {
  const all = await runningHandsets(folder);
  const fitting = wanted === undefined ? all : all.filter(({ name, pid }) => name === wanted || String(pid) === wanted);
  const [found] = fitting;
  if (found && fitting.length === 1) return found;
  const names = all.map(listed).join(', ');
  if (all.length === 0) throw new Refusal('no handset is running; npm start boots one', {}, NO_HANDSET_STATUS);
  const what = found ? `${String(fitting.length)} handsets are running: ${names}` : `no handset "${String(wanted)}" is running; there are ${names}`;
  throw new Refusal(`${what}; choose one with --handset`, {}, NO_HANDSET_STATUS);
}

export class ControlClient {
  /** Resolves when the connection has ended, with why. */
  readonly ended: Promise<string>;
  private readonly waiters = new Map<number, Waiter>();
  private readonly listeners = new Set<(message: ServerMessage) => void>();
  private requests = 0;
  private reason = 'the handset is gone';

  private constructor(
    private readonly socket: WebSocket,
    readonly welcome: Welcome,
  ) {
    socket.on('message', (data: Buffer) => {
      const message = parseServerMessage(data.toString('utf8'));
      if (message?.message === 'reply') this.settle(message.id, message);
      else if (message) this.pass(message);
    });
    this.ended = new Promise((resolve) => {
      socket.once('close', () => {
        for (const { reject, timer } of this.waiters.values()) {
          clearTimeout(timer);
          reject(new Refusal(this.reason, {}, HANDSET_GONE_STATUS));
        }
        this.waiters.clear();
        resolve(this.reason);
      });
    });
  }

  /** Resolves when the handset has said who it is. */
  static connect({ port, token, name }: Pick<SessionRecord, 'port' | 'token' | 'name'>): Promise<ControlClient> {
    const socket = new WebSocket(`ws://127.0.0.1:${String(port)}/${token}/control`, SUBPROTOCOL, {
      handshakeTimeout: CONNECT_TIMEOUT_MS,
      perMessageDeflate: false,
      followRedirects: false,
    });
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        clearTimeout(timer);
        socket.terminate();
        reject(new Refusal(`handset ${name}: ${why}`, {}, HANDSET_GONE_STATUS));
      };
      const timer = setTimeout(fail, CONNECT_TIMEOUT_MS, `no answer within ${String(CONNECT_TIMEOUT_MS / 1000)} s`);
      socket.on('error', (error) => {
        fail(error.message);
      });
      socket.once('unexpected-response', (_, response) => {
        fail(response.statusCode === 426 ? `speaks another version of the protocol than ${SUBPROTOCOL}` : `refused with ${String(response.statusCode)}`);
      });
      socket.once('close', () => {
        fail('the connection was closed');
      });
      socket.once('message', (data: Buffer) => {
        const welcome = parseServerMessage(data.toString('utf8'));
        clearTimeout(timer);
        if (welcome?.message === 'welcome') resolve(new ControlClient(socket, welcome));
        else fail('did not say who it is');
      });
    });
  }

  request<Name extends RequestName>(name: Name, fields: RequestOf<Name>): Promise<ResultOf<Name>> {
    this.requests += 1;
    const id = this.requests;
    return new Promise((resolve, reject) => {
      if (this.socket.readyState !== WebSocket.OPEN) {
        reject(new Refusal(this.reason, {}, HANDSET_GONE_STATUS));
        return;
      }
      const timer = setTimeout(() => {
        this.waiters.delete(id);
        reject(new Refusal(`${name}: no answer within ${String(REPLY_TIMEOUT_MS / 1000)} s`, {}, HANDSET_GONE_STATUS));
      }, REPLY_TIMEOUT_MS);
      this.waiters.set(id, {
        resolve: (result) => {
          resolve(parseResult(name, result));
        },
        reject,
        timer,
      });
      this.socket.send(JSON.stringify({ id, request: name, ...fields }));
    });
  }

  /** Calls `listener` with what the handset tells by itself. */
  onMessage(listener: (message: ServerMessage) => void): void {
    this.listeners.add(listener);
  }

  close(): void {
    this.socket.close();
  }

  private pass(message: ServerMessage): void {
    if (message.message === 'ended') this.reason = message.reason;
    for (const listener of this.listeners) listener(message);
  }

  private settle(id: number, { result, refusal }: Extract<ServerMessage, { message: 'reply' }>): void {
    const waiter = this.waiters.get(id);
    if (!waiter) return;
    this.waiters.delete(id);
    clearTimeout(waiter.timer);
    if (refusal === undefined) waiter.resolve(result);
    else waiter.reject(new Refusal(refusal));
  }
}
