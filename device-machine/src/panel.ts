/**
 * The physical panel, a virtio GPU: one picture in our memory, of which changed rectangles are sent. While a rectangle is on its way,
 * further changes are gathered into the next one. [virtio 1.2 "GPU Device"]
 */
import * as arena from './arena.ts';
import { DrivenQueue, NONE } from './driven-queue.ts';
import * as gpu from './gpu-protocol.ts';
import * as hypervisor from './hypervisor.ts';
import * as patience from './patience.ts';
import * as settings from './settings.ts';
import { VirtioDriver } from './virtio-driver.ts';

const RESOURCE = 1;
const BLOCK_BYTES = 0x20_0000;
/** Requests of the queue: one of a rectangle's two commands each. At start only the first is used. */
const TRANSFER = 0;
const FLUSH = 1;
const REQUESTS = 2;
const COMMAND_BYTES = 1024n;
const RESPONSE_BYTES = 512n;
/** Of a side, in pixels: room for the bars of as many machines as there may be, and the longest row that the compositor makes smaller. */
const SIDE_MIN = 320;
const SIDE_MAX = 4096;

const driver = new VirtioDriver();
const queue = new DrivenQueue();
let commands: u64 = 0n;
let intid: u32 = 0;
let underWay: u32 = 0;

/** In pixels; 0 without a panel. */
export let width: u32 = 0;
export let height: u32 = 0;
/** The picture: 4 bytes a pixel, blue first, rows without gaps. */
export let pixels: u64 = 0n;

/** What has changed and is not on its way; empty if left = right. */
let left: u32 = 0;
let top: u32 = 0;
let right: u32 = 0;
let bottom: u32 = 0;

/** Takes device `index` of the settings into use. False if it does not work. */
export function open(index: u32): boolean {
  if (!driver.open(settings.deviceAddress(index), settings.TYPE_GPU, 0n) || !driver.openQueue(0, queue, REQUESTS)) {
    return false;
  }
  commands = arena.take(u64(REQUESTS) * COMMAND_BYTES + u64(REQUESTS) * RESPONSE_BYTES);
  intid = settings.deviceIntid(index);
  driver.run();
  if (!show()) {
    driver.stop();
    return false;
  }
  return true;
}

export function interruptsBy(which: u32): boolean {
  return which === intid && width !== 0;
}

function command(request: u32): u64 {
  return commands + u64(request) * COMMAND_BYTES;
}

function response(request: u32): u64 {
  return commands + u64(REQUESTS) * COMMAND_BYTES + u64(request) * RESPONSE_BYTES;
}

function begin(request: u32, type: u32): u64 {
  const at = command(request);
  memory.store32(at, type);
  memory.store32(at + 4n, 0);
  memory.store64(at + 8n, 0n);
  memory.store64(at + 16n, 0n);
  return at + gpu.HEADER_BYTES;
}

/** Offers a command of `bytes` bytes in all. */
function end(request: u32, bytes: u64): void {
  queue.begin();
  queue.add(request, command(request), u32(bytes), false);
  queue.add(request, response(request), u32(RESPONSE_BYTES), true);
  queue.offer(request);
}

/** As `end`, and waits. False if the device refuses, or does not answer. For the start. */
function endNow(bytes: u64): boolean {
  end(TRANSFER, bytes);
  driver.notify(0);
  patience.begin();
  while (queue.take() === NONE) {
    if (patience.isOver()) {
      return false;
    }
  }
  return memory.load32(response(TRANSFER)) < gpu.RESPONSE_ERROR;
}

/** Asks for the panel's size, makes the picture, and shows it. */
function show(): boolean {
  begin(TRANSFER, gpu.GET_DISPLAY_INFO);
  if (!endNow(gpu.HEADER_BYTES)) {
    return false;
  }
  const first = response(TRANSFER) + gpu.HEADER_BYTES;
  const across = memory.load32(first + 8n);
  const down = memory.load32(first + 12n);
  if (across < SIDE_MIN || down < SIDE_MIN || across > SIDE_MAX || down > SIDE_MAX) {
    return false;
  }
  const bytes = across * down * 4;
  pixels = arena.takeBlocks(u64(bytes));
  let at = begin(TRANSFER, gpu.RESOURCE_CREATE_2D);
  memory.store32(at, RESOURCE);
  memory.store32(at + 4n, gpu.FORMAT_B8G8R8X8);
  memory.store32(at + 8n, across);
  memory.store32(at + 12n, down);
  if (!endNow(gpu.HEADER_BYTES + 16n)) {
    return false;
  }
  at = begin(TRANSFER, gpu.RESOURCE_ATTACH_BACKING);
  const blocks = (bytes + BLOCK_BYTES - 1) / BLOCK_BYTES;
  memory.store32(at, RESOURCE);
  memory.store32(at + 4n, blocks);
  for (let i: u32 = 0; i < blocks; i += 1) {
    const entry = at + 8n + u64(i) * 16n;
    const rest = bytes - i * BLOCK_BYTES;
    memory.store64(entry, hypervisor.physical(pixels + u64(i * BLOCK_BYTES)));
    memory.store32(entry + 8n, rest < BLOCK_BYTES ? rest : BLOCK_BYTES);
    memory.store32(entry + 12n, 0);
  }
  if (!endNow(gpu.HEADER_BYTES + 8n + u64(blocks) * 16n)) {
    return false;
  }
  at = begin(TRANSFER, gpu.SET_SCANOUT);
  storeRectangle(at, 0, 0, across, down);
  memory.store32(at + 16n, 0);
  memory.store32(at + 20n, RESOURCE);
  if (!endNow(gpu.HEADER_BYTES + 24n)) {
    return false;
  }
  width = across;
  height = down;
  return true;
}

function storeRectangle(at: u64, x: u32, y: u32, across: u32, down: u32): void {
  memory.store32(at, x);
  memory.store32(at + 4n, y);
  memory.store32(at + 8n, across);
  memory.store32(at + 12n, down);
}

/** The address of a pixel of the picture. */
export function pixelAt(x: u32, y: u32): u64 {
  return pixels + u64((y * width + x) * 4);
}

/** The rectangle has been drawn; `send` shows it. */
export function changed(x: u32, y: u32, across: u32, down: u32): void {
  if (across === 0 || down === 0) {
    return;
  }
  const isFirst = left === right;
  left = isFirst || x < left ? x : left;
  top = isFirst || y < top ? y : top;
  right = isFirst || x + across > right ? x + across : right;
  bottom = isFirst || y + down > bottom ? y + down : bottom;
}

/** Sends what has changed, unless something is on its way, whose end sends it. */
export function send(): void {
  if (left === right || underWay !== 0) {
    return;
  }
  const across = right - left;
  const down = bottom - top;
  let at = begin(TRANSFER, gpu.TRANSFER_TO_HOST_2D);
  storeRectangle(at, left, top, across, down);
  memory.store64(at + 16n, u64((top * width + left) * 4));
  memory.store32(at + 24n, RESOURCE);
  memory.store32(at + 28n, 0);
  end(TRANSFER, gpu.HEADER_BYTES + 32n);
  at = begin(FLUSH, gpu.RESOURCE_FLUSH);
  storeRectangle(at, left, top, across, down);
  memory.store32(at + 16n, RESOURCE);
  memory.store32(at + 20n, 0);
  end(FLUSH, gpu.HEADER_BYTES + 24n);
  underWay = REQUESTS;
  right = left;
  driver.notify(0);
}

/** The device's interrupt has come. */
export function interrupt(): void {
  driver.acknowledge();
  while (queue.take() !== NONE) {
    underWay = underWay === 0 ? 0 : underWay - 1;
  }
  send();
}
