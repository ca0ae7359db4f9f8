/**
 * The board's virtio consoles, each a line to the outside for one machine: bytes go out from buffers of ours, and come in to others, which are
 * not offered again until the machine has taken what is in them. So whoever is slow holds back the other side, and nobody else.
 * [virtio 1.2 "Console Device"]
 */
import * as arena from './arena.ts';
import { DrivenQueue, NONE } from './driven-queue.ts';
import { MACHINES_MAX } from './limits.ts';
import * as settings from './settings.ts';
import { VirtioDriver } from './virtio-driver.ts';

const RECEIVE = 0;
const TRANSMIT = 1;
const BUFFERS = 4;
export const BUFFER_BYTES = 1024;

export class ConsolePort {
  private readonly driver = new VirtioDriver();
  private readonly received = new DrivenQueue();
  private readonly sent = new DrivenQueue();
  private receiveBuffers: u64 = 0n;
  private sendBuffers: u64 = 0n;
  private intid: u32 = 0;
  /** Buffers for sending that are free, a bit each. */
  private free: u32 = 0;
  /** What came in and is being taken: its buffer, or NONE; what of it was taken, and what there is. */
  private current: u32 = NONE;
  private taken: u32 = 0;
  private filled: u32 = 0;

  /** Takes device `index` of the settings into use. False if it does not work. */
  open(index: u32): boolean {
    this.current = NONE;
    if (!this.driver.open(settings.deviceAddress(index), settings.TYPE_CONSOLE, 0n)) {
      return false;
    }
    if (!this.driver.openQueue(RECEIVE, this.received, BUFFERS) || !this.driver.openQueue(TRANSMIT, this.sent, BUFFERS)) {
      return false;
    }
    this.receiveBuffers = arena.take(u64(BUFFERS * BUFFER_BYTES));
    this.sendBuffers = arena.take(u64(BUFFERS * BUFFER_BYTES));
    this.free = (1 << this.sent.size) - 1;
    this.driver.run();
    for (let i: u32 = 0; i < this.received.size; i += 1) {
      this.offer(i);
    }
    this.driver.notify(RECEIVE);
    this.intid = settings.deviceIntid(index);
    return true;
  }

  isThere(): boolean {
    return this.intid !== 0;
  }

  /** Whether interrupt `which` is its own; if so, its line falls. */
  interruptsBy(which: u32): boolean {
    if (this.intid === 0 || which !== this.intid) {
      return false;
    }
    this.driver.acknowledge();
    return true;
  }

  private offer(request: u32): void {
    this.received.begin();
    this.received.add(request, this.receiveBuffers + u64(request * BUFFER_BYTES), BUFFER_BYTES, true);
    this.received.offer(request);
  }

  /** Whether something can be sent. */
  hasRoom(): boolean {
    const one: u32 = 1;
    for (let request = this.sent.take(); request !== NONE; request = this.sent.take()) {
      this.free |= one << request;
    }
    return this.free !== 0;
  }

  /** The next buffer to send, where there is room: BUFFER_BYTES to be filled. */
  sendBuffer(): u64 {
    return this.sendBuffers + u64(countTrailingZeros(this.free) * BUFFER_BYTES);
  }

  /** Sends the first `count` bytes of `sendBuffer`, at least one. */
  send(count: u32): void {
    const request = countTrailingZeros(this.free);
    this.free &= this.free - 1;
    this.sent.begin();
    this.sent.add(request, this.sendBuffers + u64(request * BUFFER_BYTES), count, false);
    this.sent.offer(request);
    this.driver.notify(TRANSMIT);
  }

  /** How many bytes that came in are there in one piece, at `receivedAt`. */
  receivedBytes(): u32 {
    while (this.current === NONE) {
      this.current = this.received.take();
      if (this.current === NONE) {
        return 0;
      }
      this.taken = 0;
      this.filled = this.received.bytes < BUFFER_BYTES ? this.received.bytes : BUFFER_BYTES;
      this.release(0);
    }
    return this.filled - this.taken;
  }

  receivedAt(): u64 {
    return this.receiveBuffers + u64(this.current * BUFFER_BYTES + this.taken);
  }

  /** The first `count` bytes of those have been taken; a buffer of which nothing is left is offered again. */
  release(count: u32): void {
    this.taken += count;
    if (this.taken === this.filled) {
      this.offer(this.current);
      this.current = NONE;
      this.driver.notify(RECEIVE);
    }
  }
}

const ports = fixedArray(ConsolePort, MACHINES_MAX);

/** That of machine `index`. */
export function of(index: u32): ConsolePort {
  return ports[index % MACHINES_MAX];
}

/** Whether interrupt `which` is that of one of them; if so, its line falls. */
export function interruptBy(which: u32): boolean {
  for (const port of ports) {
    if (port.interruptsBy(which)) {
      return true;
    }
  }
  return false;
}
