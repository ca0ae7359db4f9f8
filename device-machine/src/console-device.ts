/**
 * Consoles of machines, with one port, each with a line of its own to the outside (console-port.ts). Bytes are copied: a line that nobody reads
 * holds back what its machine writes, but never a reset. After a crash of ours what was under way may be sent twice. [virtio 1.2 "Console Device"]
 */
import * as copying from './bytes.ts';
import * as consolePort from './console-port.ts';
import type { ConsolePort } from './console-port.ts';
import { CHAINS_MAX } from './limits.ts';
import { FEATURE_EVENT_INDEX, FEATURE_INDIRECT, FEATURE_VERSION_1, type ServedDevice } from './served-device.ts';
import { NONE, Rule, type ServedQueue } from './served-queue.ts';

const RECEIVE = 0;
const TRANSMIT = 1;
/** Of one chain; no driver writes as much at once. A machine may make chains of many times its RAM, which are more than a count of 32 bits takes. */
const CHAIN_BYTES_MAX = 0x10_0000;

export function describe(device: ServedDevice): boolean {
  device.features = FEATURE_INDIRECT | FEATURE_EVENT_INDEX | FEATURE_VERSION_1;
  device.queueCount = 2;
  return consolePort.of(device.machine).isThere();
}

/** Sends what the machine writes, and gives it what came in, as far as there is room for either. */
export function serve(device: ServedDevice): void {
  const port = consolePort.of(device.machine);
  const mustSend = send(device.queues[TRANSMIT], port);
  device.isWaiting = receive(device.queues[RECEIVE], port) || mustSend;
  device.tell(device.queues[TRANSMIT]);
  device.tell(device.queues[RECEIVE]);
}

/** Whether there is more to send than was sent, and room for it. */
function send(queue: ServedQueue, port: ConsolePort): boolean {
  let left: u32 = CHAINS_MAX;
  do {
    while (left !== 0 && port.hasRoom()) {
      if (queue.held === NONE) {
        queue.held = queue.take();
        queue.heldBytes = 0;
      }
      if (queue.held === NONE) {
        break;
      }
      left -= 1;
      sendPart(queue, port);
    }
  } while (left !== 0 && port.hasRoom() && queue.listen());
  return left === 0;
}

/** Sends as much of the chain that is held, behind what was sent before, as one buffer takes; a chain that has been sent is given back. */
function sendPart(queue: ServedQueue, port: ConsolePort): void {
  const buffer = port.sendBuffer();
  let skipped: u32 = 0;
  let copied: u32 = 0;
  let isThere = queue.begin(queue.held);
  while (isThere && copied < consolePort.BUFFER_BYTES) {
    const before = smaller(queue.heldBytes - skipped, queue.bytes);
    if (queue.isForDevice || (before < queue.bytes && queue.heldBytes >= CHAIN_BYTES_MAX)) {
      queue.fail(Rule.Order);
      break;
    }
    const count = smaller(queue.bytes - before, consolePort.BUFFER_BYTES - copied);
    copying.copy(buffer + u64(copied), queue.address + u64(before), u64(count));
    skipped += before;
    copied += count;
    isThere = queue.isMore() && queue.advance();
  }
  if (queue.broken !== Rule.None) {
    queue.held = NONE;
    return;
  }
  queue.heldBytes += copied;
  if (copied !== 0) {
    port.send(copied);
  }
  if (copied < consolePort.BUFFER_BYTES) {
    queue.giveBack(queue.held, 0);
    queue.held = NONE;
  }
}

function smaller(a: u32, b: u32): u32 {
  return a < b ? a : b;
}

/** Whether there is more than was taken, and room for it. */
function receive(queue: ServedQueue, port: ConsolePort): boolean {
  let left: u32 = CHAINS_MAX;
  while (left !== 0 && port.receivedBytes() !== 0) {
    const head = queue.take();
    if (head === NONE) {
      return queue.listen();
    }
    left -= 1;
    fill(queue, head, port);
  }
  return left === 0;
}

/** Fills a chain with what came in, as far as it is there in one piece. */
function fill(queue: ServedQueue, head: u32, port: ConsolePort): void {
  const count = port.receivedBytes();
  let done: u32 = 0;
  let isThere = queue.begin(head);
  while (isThere) {
    if (!queue.isForDevice) {
      queue.fail(Rule.Order);
      return;
    }
    const part = smaller(queue.bytes, count - done);
    copying.copy(queue.address, port.receivedAt() + u64(done), u64(part));
    done += part;
    isThere = done < count && queue.isMore() && queue.advance();
  }
  if (queue.broken === Rule.None) {
    queue.giveBack(head, done);
    port.release(done);
  }
}
