/**
 * The screen of a machine, a virtio GPU without 3D. Its pictures stay in the machine's memory: what is flushed is drawn onto the panel from there, and nothing is
 * kept here but where their pages are. [virtio 1.2, 5.7 "GPU Device"]
 */
import * as arena from './arena.ts';
import * as canvas from './canvas.ts';
import * as compositor from './compositor.ts';
import * as gpu from './gpu-protocol.ts';
import { MACHINES_MAX } from './limits.ts';
import * as machine from './machine.ts';
import { FEATURE_EVENT_INDEX, FEATURE_INDIRECT, FEATURE_VERSION_1, type ServedDevice } from './served-device.ts';
import { NONE, Rule, type ServedQueue } from './served-queue.ts';

/** A command and what follows it are gathered here. */
const COMMAND_BYTES_MAX = 0x1_0000;
const RESPONSE_BYTES_MAX = 512;
const PAGE_BYTES = 4096;
/** Of one picture: 16 MiB. */
const PAGES_MAX = 4096;
/** Pictures of one machine. */
const PICTURES_MAX = 8;
const SIDE_MAX = 4096;
const ENTRY_BYTES = 16n;
const NUM_SCANOUTS = 8;

class Picture {
  /** 0 if this is none. */
  id: u32 = 0;
  width: u32 = 0;
  height: u32 = 0;
  pageCount: u32 = 0;
  /** Addresses of its pages as we see them, 8 bytes each. */
  pages: u64 = 0n;
}

/** What a machine shows. */
export class Screen {
  readonly pictures = fixedArray(Picture, PICTURES_MAX);
  /** Of the picture on the screen; 0 for none. */
  shown: u32 = 0;
}
const screens = fixedArray(Screen, MACHINES_MAX);

let command: u64 = 0n;
let commandBytes: u32 = 0;
let response: u64 = 0n;
/** The chain's room for the response. */
let room: u64 = 0n;
let roomBytes: u32 = 0;

export function describe(device: ServedDevice): boolean {
  if (command === 0n) {
    command = arena.take(u64(COMMAND_BYTES_MAX));
    response = arena.take(u64(RESPONSE_BYTES_MAX));
  }
  device.features = FEATURE_INDIRECT | FEATURE_EVENT_INDEX | FEATURE_VERSION_1;
  device.queueCount = 2;
  device.setConfiguration(NUM_SCANOUTS, 1);
  return true;
}

/** The machine has reset the device. */
export function reset(device: ServedDevice): void {
  const screen = screens[device.machine];
  for (const picture of screen.pictures) {
    picture.id = 0;
    picture.pageCount = 0;
  }
  screen.shown = 0;
  compositor.screenChanged(device.machine);
}

export function serve(device: ServedDevice): void {
  // Cursor commands need no answer, and there is no cursor on a touch screen.
  serveQueue(device, device.queues[1], false);
  serveQueue(device, device.queues[0], true);
  compositor.send();
}

function serveQueue(device: ServedDevice, queue: ServedQueue, isControl: boolean): void {
  do {
    let head = queue.take();
    while (head !== NONE) {
      if (gather(queue, head)) {
        const bytes = isControl ? carryOut(device.machine) : 0;
        queue.giveBack(head, bytes);
      }
      head = queue.take();
    }
  } while (queue.listen());
  device.tell(queue);
}

/** Copies what the chain says to `command`, and finds its room for the response. False if a rule was broken. */
function gather(queue: ServedQueue, head: u32): boolean {
  commandBytes = 0;
  roomBytes = 0;
  let isThere = queue.begin(head);
  while (isThere) {
    if (queue.isForDevice) {
      if (roomBytes === 0) {
        room = queue.address;
        roomBytes = queue.bytes;
      }
    } else {
      if (roomBytes !== 0 || queue.bytes > COMMAND_BYTES_MAX - commandBytes) {
        return queue.fail(Rule.Order);
      }
      copy(command + u64(commandBytes), queue.address, queue.bytes);
      commandBytes += queue.bytes;
    }
    isThere = queue.isMore() && queue.advance();
  }
  return queue.broken === Rule.None && (commandBytes >= u32(gpu.HEADER_BYTES) || queue.fail(Rule.Order));
}

function copy(to: u64, from: u64, bytes: u32): void {
  for (let i: u64 = 0n; i < u64(bytes); i += 1n) {
    memory.store8(to + i, memory.load8(from + i));
  }
}

/** Word `index` of the command, behind its header; 0 where it is shorter. */
function word(index: u32): u32 {
  const at = u32(gpu.HEADER_BYTES) + index * 4;
  return at + 4 <= commandBytes ? memory.load32(command + u64(at)) : 0;
}

/** Carries out the command; the bytes of the response, which is in the machine's memory. */
function carryOut(machineIndex: u32): u32 {
  const screen = screens[machineIndex];
  let bytes = u32(gpu.HEADER_BYTES);
  let type: u32 = gpu.RESPONSE_OK;
  switch (memory.load32(command)) {
    case gpu.GET_DISPLAY_INFO:
      type = gpu.RESPONSE_DISPLAY_INFO;
      bytes += tellDisplays();
      break;
    case gpu.RESOURCE_CREATE_2D:
      type = create(screen);
      break;
    case gpu.RESOURCE_UNREF:
      type = discard(machineIndex, screen);
      break;
    case gpu.SET_SCANOUT:
      type = setScreen(machineIndex, screen);
      break;
    case gpu.RESOURCE_FLUSH:
      type = flush(machineIndex, screen);
      break;
    case gpu.TRANSFER_TO_HOST_2D:
      // The machine's own memory is what is shown.
      type = find(screen, word(6)) === null ? gpu.ERROR_RESOURCE : gpu.RESPONSE_OK;
      break;
    case gpu.RESOURCE_ATTACH_BACKING:
      type = attach(machineIndex, screen);
      break;
    case gpu.RESOURCE_DETACH_BACKING:
      type = detach(screen);
      break;
    default:
      type = gpu.RESPONSE_ERROR;
  }
  return answer(type, bytes);
}

/** The response's header, with the command's fence, and as much of the response as there is room for. */
function answer(type: u32, bytes: u32): u32 {
  const flags = memory.load32(command + 4n) & gpu.FLAG_FENCE;
  memory.store32(response, type);
  memory.store32(response + 4n, flags);
  memory.store64(response + 8n, flags === 0 ? 0n : memory.load64(command + 8n));
  memory.store64(response + 16n, memory.load64(command + 16n));
  const written = bytes < roomBytes ? bytes : roomBytes;
  copy(room, response, written);
  return written;
}

/** One screen, as large as the panel. */
function tellDisplays(): u32 {
  const at = response + gpu.HEADER_BYTES;
  const bytes = u64(gpu.SCREENS) * gpu.SCREEN_BYTES;
  for (let i: u64 = 0n; i < bytes; i += 8n) {
    memory.store64(at + i, 0n);
  }
  memory.store32(at + 8n, compositor.screenWidth());
  memory.store32(at + 12n, compositor.screenHeight());
  memory.store32(at + 16n, 1);
  return u32(bytes);
}

function find(screen: Screen, id: u32): Picture | null {
  for (const picture of screen.pictures) {
    if (picture.id === id && id !== 0) {
      return picture;
    }
  }
  return null;
}

function create(screen: Screen): u32 {
  const id = word(0);
  const format = word(1);
  if (id === 0 || find(screen, id) !== null) {
    return gpu.ERROR_RESOURCE;
  }
  if ((format !== gpu.FORMAT_B8G8R8A8 && format !== gpu.FORMAT_B8G8R8X8) || word(2) > SIDE_MAX || word(3) > SIDE_MAX) {
    return gpu.ERROR_PARAMETER;
  }
  for (const picture of screen.pictures) {
    if (picture.id === 0) {
      picture.id = id;
      picture.width = word(2);
      picture.height = word(3);
      picture.pageCount = 0;
      return gpu.RESPONSE_OK;
    }
  }
  return gpu.ERROR_OUT_OF_MEMORY;
}

function discard(machineIndex: u32, screen: Screen): u32 {
  const picture = find(screen, word(0));
  if (picture === null) {
    return gpu.ERROR_RESOURCE;
  }
  if (screen.shown === picture.id) {
    screen.shown = 0;
    compositor.screenChanged(machineIndex);
  }
  picture.id = 0;
  return gpu.RESPONSE_OK;
}

function setScreen(machineIndex: u32, screen: Screen): u32 {
  const id = word(5);
  if (word(4) !== 0) {
    return gpu.ERROR_SCANOUT;
  }
  if (id !== 0 && find(screen, id) === null) {
    return gpu.ERROR_RESOURCE;
  }
  screen.shown = id;
  compositor.screenChanged(machineIndex);
  return gpu.RESPONSE_OK;
}

function flush(machineIndex: u32, screen: Screen): u32 {
  const picture = find(screen, word(4));
  if (picture === null) {
    return gpu.ERROR_RESOURCE;
  }
  const x = word(0);
  const y = word(1);
  if (x > picture.width || word(2) > picture.width - x || y > picture.height || word(3) > picture.height - y) {
    return gpu.ERROR_PARAMETER;
  }
  if (picture.id === screen.shown) {
    compositor.areaChanged(machineIndex, x, y, word(2), word(3));
  }
  return gpu.RESPONSE_OK;
}

/** Where the picture's pages are. Every piece but the last is made of whole pages, as those of every system with pages are. */
function attach(machineIndex: u32, screen: Screen): u32 {
  const picture = find(screen, word(0));
  const count = word(1);
  if (picture === null) {
    return gpu.ERROR_RESOURCE;
  }
  if (picture.pages === 0n) {
    picture.pages = arena.take(u64(PAGES_MAX) * 8n);
  }
  const entries = gpu.HEADER_BYTES + 8n;
  if (count > PAGES_MAX || u64(commandBytes) < entries + u64(count) * ENTRY_BYTES) {
    return gpu.ERROR_PARAMETER;
  }
  let pages: u32 = 0;
  for (let i: u32 = 0; i < count; i += 1) {
    const entry = command + entries + u64(i) * ENTRY_BYTES;
    const bytes = memory.load32(entry + 8n);
    const from = machine.memoryOf(machineIndex, memory.load64(entry), u64(bytes));
    if (from === 0n || (i + 1 < count && bytes % PAGE_BYTES !== 0)) {
      return gpu.ERROR_PARAMETER;
    }
    for (let at: u32 = 0; at < bytes / PAGE_BYTES; at += 1) {
      if (pages === PAGES_MAX) {
        return gpu.ERROR_OUT_OF_MEMORY;
      }
      memory.store64(picture.pages + u64(pages) * 8n, from + u64(at) * u64(PAGE_BYTES));
      pages += 1;
    }
  }
  picture.pageCount = pages;
  return gpu.RESPONSE_OK;
}

function detach(screen: Screen): u32 {
  const picture = find(screen, word(0));
  if (picture === null) {
    return gpu.ERROR_RESOURCE;
  }
  picture.pageCount = 0;
  return gpu.RESPONSE_OK;
}

/** The size of the picture that machine `index` shows; 0 if it shows none. */
export function pictureWidth(index: u32): u32 {
  const picture = find(screens[index], screens[index].shown);
  return picture === null ? 0 : picture.width;
}

export function pictureHeight(index: u32): u32 {
  const picture = find(screens[index], screens[index].shown);
  return picture === null ? 0 : picture.height;
}

/** Copies row `y` of the picture that machine `index` shows, `count` pixels from `x` on, to `to`. What has no memory is black. */
export function copyRow(index: u32, x: u32, y: u32, count: u32, to: u64): void {
  const picture = find(screens[index], screens[index].shown);
  if (picture === null) {
    return;
  }
  let offset = (y * picture.width + x) * 4;
  let rest = count * 4;
  let at = to;
  while (rest !== 0) {
    const inPage = offset % PAGE_BYTES;
    const bytes = rest < PAGE_BYTES - inPage ? rest : PAGE_BYTES - inPage;
    const page = offset / PAGE_BYTES;
    const from = page < picture.pageCount ? memory.load64(picture.pages + u64(page) * 8n) + u64(inPage) : 0n;
    if (from === 0n) {
      canvas.clear(at, bytes);
    } else {
      canvas.copy(at, from, u64(bytes));
    }
    at += u64(bytes);
    offset += bytes;
    rest -= bytes;
  }
}
