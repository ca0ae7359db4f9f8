/** The physical network, a virtio network device: whole frames out and in. [virtio 1.2 "Network Device"] */
import * as arena from './arena.ts';
import { DrivenQueue, NONE } from './driven-queue.ts';
import { FRAME_BYTES_MAX, HEADER_BYTES } from './frame.ts';
import * as settings from './settings.ts';
import { VirtioDriver } from './virtio-driver.ts';

const RECEIVE = 0;
const TRANSMIT = 1;
const BUFFERS = 64;
const BUFFER_BYTES = 2048;

const driver = new VirtioDriver();
const received = new DrivenQueue();
const sent = new DrivenQueue();
let receiveBuffers: u64 = 0n;
let sendBuffers: u64 = 0n;
let intid: u32 = 0;
/** Buffers for sending that are free, a bit each. */
let free: u64 = 0n;
let mustNotify: boolean = false;

/** Takes device `index` of the settings into use. False if it does not work. */
export function open(index: u32): boolean {
  if (!driver.open(settings.deviceAddress(index), settings.TYPE_NETWORK, 0n)) {
    return false;
  }
  if (!driver.openQueue(RECEIVE, received, BUFFERS) || !driver.openQueue(TRANSMIT, sent, BUFFERS)) {
    return false;
  }
  receiveBuffers = arena.take(u64(BUFFERS * BUFFER_BYTES));
  sendBuffers = arena.take(u64(BUFFERS * BUFFER_BYTES));
  intid = settings.deviceIntid(index);
  const one: u64 = 1n;
  free = sent.size >= 64 ? 0xffff_ffff_ffff_ffffn : (one << u64(sent.size)) - 1n;
  driver.run();
  for (let i: u32 = 0; i < received.size; i += 1) {
    offer(i);
  }
  driver.notify(RECEIVE);
  return true;
}

export function isThere(): boolean {
  return intid !== 0;
}

/** Whether interrupt `which` is its own; if so, its line falls. */
export function interruptsBy(which: u32): boolean {
  if (intid === 0 || which !== intid) {
    return false;
  }
  driver.acknowledge();
  return true;
}

function receiveBuffer(request: u32): u64 {
  return receiveBuffers + u64(request * BUFFER_BYTES);
}

function offer(request: u32): void {
  received.begin();
  received.add(request, receiveBuffer(request), BUFFER_BYTES, true);
  received.offer(request);
}

/** The buffer of the next frame that has come, to be given back with `done`; NONE if there is none. Its bytes are in `frameBytes`. */
export function take(): u32 {
  const request = received.take();
  if (request !== NONE) {
    const bytes = received.bytes;
    frameBytes = bytes > HEADER_BYTES && bytes <= BUFFER_BYTES ? bytes - HEADER_BYTES : 0;
  }
  return request;
}
export let frameBytes: u32 = 0;

/** The frame in buffer `request`. */
export function frameAt(request: u32): u64 {
  return receiveBuffer(request) + u64(HEADER_BYTES);
}

export function done(request: u32): void {
  offer(request);
  mustNotify = true;
}

/** Sends the frame of `bytes` bytes at `address`. It is lost when the device is too slow. */
export function send(address: u64, bytes: u32): void {
  for (let request = sent.take(); request !== NONE; request = sent.take()) {
    const one: u64 = 1n;
    free |= one << u64(request & 63);
  }
  if (intid === 0 || free === 0n || bytes > FRAME_BYTES_MAX) {
    return;
  }
  const request = countTrailingZeros(free);
  free &= free - 1n;
  const buffer = sendBuffers + u64(request * BUFFER_BYTES);
  for (let i: u64 = 0n; i < u64(HEADER_BYTES); i += 4n) {
    memory.store32(buffer + i, 0);
  }
  for (let i: u64 = 0n; i < u64(bytes); i += 1n) {
    memory.store8(buffer + u64(HEADER_BYTES) + i, memory.load8(address + i));
  }
  sent.begin();
  sent.add(request, buffer, HEADER_BYTES + bytes, false);
  sent.offer(request);
  hasSent = true;
}
let hasSent: boolean = false;

/** The device is told of what was sent and given back since the last call. */
export function notify(): void {
  if (hasSent) {
    driver.notify(TRANSMIT);
  }
  if (mustNotify) {
    driver.notify(RECEIVE);
  }
  hasSent = false;
  mustNotify = false;
}
