/**
 * One client's connection: its requests, and what it watches.
 *
 * Nothing here waits for a client. What it does not read is kept up to a bound, and beyond that the client is dropped; what it
 * sends faster than the serial line takes is left in its own socket.
 */
import type { WebSocket } from 'ws';
import { Refusal } from '../refusal.ts';
import type { HandsetControl } from './handset-control.ts';
import {
  FRAME_BYTES_MAX,
  parseRequest,
  PENDING_REQUESTS_MAX,
  type Request,
  type RequestName,
  type ResultOf,
  type ServerMessage,
} from './protocol.ts';
import { SignOfLife } from './sign-of-life.ts';

/** Beyond this a client counts as one that does not read. */
const UNREAD_BYTES_MAX = 2 ** 21;
/** How long output is gathered, so that a guest's single characters are not a message each. */
const GATHER_MS = 15;

/** [RFC 6455 "Defined Status Codes"] */
const POLICY_VIOLATION = 1008;

export class ClientSession {
  private readonly consoles = new Map<string, () => void>();
  private readonly gathered = new Map<string, Buffer[]>();
  private readonly stops = new Set<() => void>();
  private stopSamples: (() => void) | null = null;
  private watchesEvents = false;
  private gathering: NodeJS.Timeout | null = null;
  private pending = 0;
  /** Of pictures on their way, which are long and one message each. */
  private pictureBytes = 0;
  private readonly life: SignOfLife;

  constructor(
    private readonly socket: WebSocket,
    private readonly control: HandsetControl,
  ) {
    socket.on('message', (data: Buffer, isBinary) => {
      this.receive(isBinary ? '' : data.toString('utf8'));
    });
    this.life = new SignOfLife(socket);
    // ws closes what broke the framing or its bounds by itself.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.forget();
    });
    this.stops.add(
      control.focus.onChange(() => {
        this.send({ message: 'focus', machine: control.focusedMachine });
      }),
    );
    const { panel } = control;
    if (panel) this.stops.add(panel.onFront((front) => this.send({ message: 'panel', front })));
  }

  send(message: ServerMessage): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    if (this.socket.bufferedAmount > UNREAD_BYTES_MAX + this.pictureBytes) this.socket.terminate();
    else this.socket.send(JSON.stringify(message));
  }

  /** Asks for a sign of life; a client that has not given one since the last time is dropped. */
  probe(): void {
    this.life.probe();
  }

  /** Tells the client that the handset has ended, and says good-bye. */
  end(reason: string): void {
    this.flush();
    this.send({ message: 'ended', reason });
    this.socket.close();
  }

  private receive(frame: string): void {
    const parsed = parseRequest(frame);
    if (parsed.kind === 'garbage') {
      this.socket.close(POLICY_VIOLATION, 'not a request of this protocol');
    } else if (parsed.kind === 'refused') {
      this.send({ message: 'reply', id: parsed.id, refusal: parsed.reason });
    } else if (this.pending >= PENDING_REQUESTS_MAX) {
      this.send({ message: 'reply', id: parsed.request.id, refusal: 'too many requests at once' });
    } else {
      void this.answer(parsed.request);
    }
  }

  private async answer(request: Request): Promise<void> {
    this.pending += 1;
    try {
      const result = await this.carryOut(request);
      if (request.request === 'screenshot') await this.sendPicture({ message: 'reply', id: request.id, result });
      else this.send({ message: 'reply', id: request.id, result });
    } catch (error) {
      const refusal = error instanceof Refusal ? error.message : 'the handset could not do that';
      this.send({ message: 'reply', id: request.id, refusal });
    } finally {
      this.pending -= 1;
    }
  }

  /** Resolves when the client has taken it, so that pictures count among its unanswered requests. */
  private async sendPicture(message: ServerMessage): Promise<void> {
    const text = JSON.stringify(message);
    this.pictureBytes += text.length;
    await new Promise<void>((resolve) => {
      // Called with an error when the client has gone.
      this.socket.send(text, () => resolve());
    });
    this.pictureBytes -= text.length;
  }

  private async carryOut(request: Request): Promise<ResultOf<RequestName>> {
    const { control } = this;
    switch (request.request) {
      case 'sample':
        return { sample: await control.sampler.sample() };
      case 'watch-samples':
        this.stopSamples ??= control.sampler.watch((sample) => {
          this.send({ message: 'sample', sample });
        });
        return {};
      case 'unwatch-samples':
        this.stopSamples?.();
        this.stopSamples = null;
        return {};
      case 'watch-events':
        this.watchEvents();
        return { events: [...control.events.events] };
      case 'watch-console':
        this.watchConsole(request.machine);
        return control.past(request.machine, request.lines);
      case 'unwatch-console':
        this.unwatchConsole(request.machine);
        return {};
      case 'input':
        control.console(request.machine).write(Buffer.from(request.data, 'base64'));
        this.waitForLine();
        return {};
      case 'focus':
        await control.focusOn(request.machine, request.inFull ?? false);
        return {};
      case 'show':
        await control.show(request.machine);
        return {};
      case 'screenshot':
        return control.screenshot();
      case 'start':
      case 'stop':
      case 'reset':
      case 'pause':
      case 'resume':
        await control.order(request.request, request.machine);
        return {};
    }
  }

  /** Reads no more of this client until the serial line has taken what it sent. */
  private waitForLine(): void {
    const congestion = this.control.handset.congestion();
    if (congestion === null || this.socket.isPaused) return;
    this.socket.pause();
    void congestion.then(() => {
      this.socket.resume();
    });
  }

  private watchEvents(): void {
    if (this.watchesEvents) return;
    this.watchesEvents = true;
    this.stops.add(
      this.control.events.onEvent((event) => {
        this.send({ message: 'event', event });
      }),
    );
  }

  private watchConsole(machine: string): void {
    const console = this.control.console(machine);
    this.unwatchConsole(machine);
    this.consoles.set(
      machine,
      console.onData((data) => {
        const pieces = this.gathered.get(machine) ?? [];
        // The chunk is the serial line's own, and stays as it is.
        pieces.push(data);
        this.gathered.set(machine, pieces);
        this.gathering ??= setTimeout(() => {
          this.flush();
        }, GATHER_MS);
      }),
    );
  }

  private unwatchConsole(machine: string): void {
    this.consoles.get(machine)?.();
    this.consoles.delete(machine);
    this.gathered.delete(machine);
  }

  private flush(): void {
    if (this.gathering !== null) clearTimeout(this.gathering);
    this.gathering = null;
    for (const [machine, pieces] of this.gathered) {
      const all = Buffer.concat(pieces);
      for (let at = 0; at < all.length; at += FRAME_BYTES_MAX) {
        this.send({ message: 'output', machine, data: all.subarray(at, at + FRAME_BYTES_MAX).toString('base64') });
      }
    }
    this.gathered.clear();
  }

  private forget(): void {
    if (this.gathering !== null) clearTimeout(this.gathering);
    this.gathering = null;
    this.stopSamples?.();
    for (const stop of [...this.stops, ...this.consoles.values()]) stop();
    this.stops.clear();
    this.consoles.clear();
    this.gathered.clear();
  }
}
