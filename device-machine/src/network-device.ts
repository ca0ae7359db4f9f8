/**
 * Network devices of machines, and the switch between them: a frame goes to the machine whose address it has, to all for a group, or else up
 * to the physical network, as far as the settings let the two talk. A machine sends from its own address only. [virtio 1.2 "Network Device"]
 */
import { SLOTS_MAX } from '@thimble/abi/slot-layout.ts';
import * as arena from './arena.ts';
import * as copying from './bytes.ts';
import { NONE } from './driven-queue.ts';
import * as frame from './frame.ts';
import { CHAINS_MAX, MACHINES_MAX } from './limits.ts';
import * as servedDevice from './served-device.ts';
import { FEATURE_EVENT_INDEX, FEATURE_INDIRECT, FEATURE_VERSION_1, type ServedDevice } from './served-device.ts';
import { NONE as NO_CHAIN, Rule, type ServedQueue } from './served-queue.ts';
import * as settings from './settings.ts';
import * as uplink from './uplink.ts';

const FEATURE_MAC = 0x20n;
const FEATURE_STATUS = 0x1_0000n;
const STATUS_LINK_UP = 1;
const RECEIVE = 0;
const TRANSMIT = 1;

/** A frame on its way from one machine to others. */
let buffer: u64 = 0n;
/** virtio's header before each frame, which says nothing but that the frame is in one chain; and where it says so. */
let header: u64 = 0n;
const BUFFER_COUNT = 10n;
/** Each machine's slot with a network device, plus one; 0 if it has none. */
const slots = fixedArray(u32, MACHINES_MAX);

export function describe(device: ServedDevice): boolean {
  if (buffer === 0n) {
    buffer = arena.take(u64(frame.HEADER_BYTES + frame.FRAME_BYTES_MAX));
    header = arena.take(u64(frame.HEADER_BYTES));
    memory.store16(header + BUFFER_COUNT, 1);
  }
  slots[device.machine] = device.slot + 1;
  const address = frame.addressOfMachine(device.machine);
  device.features = FEATURE_MAC | FEATURE_STATUS | FEATURE_INDIRECT | FEATURE_EVENT_INDEX | FEATURE_VERSION_1;
  device.queueCount = 2;
  device.setConfiguration(0, u32.wrap(address));
  device.setConfiguration(4, u32(address >> 32n) | (STATUS_LINK_UP << 16));
  return true;
}

/** Whether a machine's frames reach the physical network, and back. */
function hasUplink(index: u32): boolean {
  return (settings.machineNetwork(index) & settings.NETWORK_UPLINK) !== 0 && uplink.isThere();
}

/** Whether both machines may talk to the other. */
function areFriends(one: u32, other: u32): boolean {
  const bit: u32 = 1;
  return (settings.machinePeers(one) & (bit << other)) !== 0 && (settings.machinePeers(other) & (bit << one)) !== 0;
}

/** Takes what the machine sends. What it has made room for is looked at when something comes. */
export function serve(device: ServedDevice): void {
  const queue = device.queues[TRANSMIT];
  let left: u32 = CHAINS_MAX;
  do {
    let head = queue.take();
    while (head !== NO_CHAIN) {
      left -= 1;
      const bytes = gather(queue, head);
      if (queue.broken === Rule.None) {
        queue.giveBack(head, 0);
        forward(device.machine, bytes);
      }
      head = left === 0 ? NO_CHAIN : queue.take();
    }
  } while (left !== 0 && queue.listen());
  device.isWaiting = left === 0;
  device.tell(queue);
  uplink.notify();
}

/** Copies the frame of a chain, without virtio's header, to `buffer`. Its bytes; 0 if it is no frame. */
function gather(queue: ServedQueue, head: u32): u32 {
  let bytes: u32 = 0;
  let isThere = queue.begin(head);
  while (isThere) {
    if (queue.isForDevice) {
      queue.fail(Rule.Order);
      return 0;
    }
    if (queue.bytes > frame.HEADER_BYTES + frame.FRAME_BYTES_MAX - bytes) {
      // Too long to be a frame: dropped, as a switch does.
      return 0;
    }
    copying.copy(buffer + u64(bytes), queue.address, u64(queue.bytes));
    bytes += queue.bytes;
    isThere = queue.isMore() && queue.advance();
  }
  return bytes > frame.HEADER_BYTES ? bytes - frame.HEADER_BYTES : 0;
}

/** The frame in `buffer` goes where it is to go. */
function forward(from: u32, bytes: u32): void {
  const at = buffer + u64(frame.HEADER_BYTES);
  if (bytes < frame.FRAME_BYTES_MIN || frame.addressAt(at + frame.ADDRESS_BYTES) !== frame.addressOfMachine(from)) {
    return;
  }
  const to = frame.addressAt(at);
  const machine = frame.machineOf(to, MACHINES_MAX);
  if (frame.isGroup(to)) {
    for (let other: u32 = 0; other < MACHINES_MAX; other += 1) {
      if (other !== from && slots[other] !== 0 && areFriends(from, other)) {
        deliver(other, at, bytes);
      }
    }
  } else if (machine < MACHINES_MAX) {
    if (slots[machine] !== 0 && machine !== from && areFriends(from, machine)) {
      deliver(machine, at, bytes);
    }
    return;
  }
  if (hasUplink(from)) {
    uplink.send(at, bytes);
  }
}

/** Gives machine `index` a frame. It is lost where there is no room. */
function deliver(index: u32, at: u64, bytes: u32): void {
  const device = servedDevice.at(index, (slots[index] - 1) % SLOTS_MAX);
  const queue = device.queues[RECEIVE];
  const head = device.isRunning() ? queue.take() : NO_CHAIN;
  if (head === NO_CHAIN) {
    device.tell(queue);
    return;
  }
  let done: u32 = 0;
  const all = frame.HEADER_BYTES + bytes;
  let isThere = queue.begin(head);
  while (isThere && done < all) {
    if (!queue.isForDevice) {
      queue.fail(Rule.Order);
      break;
    }
    done += fill(queue, done, at, bytes);
    isThere = queue.isMore() && queue.advance();
  }
  if (queue.broken === Rule.None) {
    queue.giveBack(head, done === all ? done : 0);
  }
  device.tell(queue);
}

/** Fills the piece of the chain that was read last with what follows the first `done` bytes of virtio's header and the frame at `at`. */
function fill(queue: ServedQueue, done: u32, at: u64, bytes: u32): u32 {
  const inHeader = done < frame.HEADER_BYTES ? smaller(frame.HEADER_BYTES - done, queue.bytes) : 0;
  const from = done + inHeader;
  const inFrame = from < frame.HEADER_BYTES ? 0 : smaller(frame.HEADER_BYTES + bytes - from, queue.bytes - inHeader);
  copying.copy(queue.address, header + u64(smaller(done, frame.HEADER_BYTES)), u64(inHeader));
  if (inFrame !== 0) {
    copying.copy(queue.address + u64(inHeader), at + u64(from - frame.HEADER_BYTES), u64(inFrame));
  }
  return inHeader + inFrame;
}

function smaller(a: u32, b: u32): u32 {
  return a < b ? a : b;
}

/** The physical network has frames. Whether there are more than were taken. */
export function receive(): boolean {
  let left: u32 = CHAINS_MAX;
  let request = uplink.take();
  while (request !== NONE) {
    const at = uplink.frameAt(request);
    const bytes = uplink.frameBytes;
    if (bytes >= frame.FRAME_BYTES_MIN && bytes <= frame.FRAME_BYTES_MAX) {
      distribute(at, bytes);
    }
    uplink.done(request);
    left -= 1;
    request = left === 0 ? NONE : uplink.take();
  }
  uplink.notify();
  return left === 0;
}

/** A frame from the physical network goes to the machine that it is for, or to all. */
function distribute(at: u64, bytes: u32): void {
  const to = frame.addressAt(at);
  const machine = frame.machineOf(to, MACHINES_MAX);
  for (let index: u32 = 0; index < MACHINES_MAX; index += 1) {
    if (slots[index] !== 0 && hasUplink(index) && (index === machine || frame.isGroup(to))) {
      deliver(index, at, bytes);
    }
  }
}
