/**
 * The screen of a machine, a virtio GPU without 3D. Its pictures stay in the machine's memory: what is flushed is drawn onto the panel from
 * there, and nothing is kept here but where their pages are, where a crash of ours leaves it. However much a machine flushes at a time, each pixel is drawn once.
 * [virtio 1.2 "GPU Device"]
 */
import * as arena from './arena.ts';
import * as copying from './bytes.ts';
import * as canvas from './canvas.ts';
import * as compositor from './compositor.ts';
import * as gpu from './gpu-protocol.ts';
import { CHAINS_MAX, KEPT, KEPT_BYTES_EACH, MACHINES_MAX } from './limits.ts';
import * as machine from './machine.ts';
import * as pixels from './pixels.ts';
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
  /** Of its memory, which may be less than the picture takes; 0 while it has none. */
  bytes: u32 = 0;
  /** Addresses of its pages as we see them, 8 bytes each. */
  pages: u64 = 0n;
}

/** What a machine shows. */
export class Screen {
  readonly pictures = fixedArray(Picture, PICTURES_MAX);
  /** Of the picture on the screen; 0 for none. And the part of it that is on the screen. */
  shown: u32 = 0;
  shownX: u32 = 0;
  shownY: u32 = 0;
  shownWidth: u32 = 0;
  shownHeight: u32 = 0;
  /** While commands are carried out: it shows another picture, or what of the screen was flushed; empty if left = right. */
  isOther: boolean = false;
  left: u32 = 0;
  top: u32 = 0;
  right: u32 = 0;
  bottom: u32 = 0;
}

/** What is kept of a machine: this, and behind it in pages of their own the lists of its pictures' pages. */
function screenOf(index: u32): Screen {
  return unsafeAt(Screen, KEPT + u64(index % MACHINES_MAX) * KEPT_BYTES_EACH);
}
const LISTS = 0x1000n;
const LIST_BYTES = u64(PAGES_MAX) * 8n;

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
  const screen = screenOf(device.machine);
  for (let i: u32 = 0; i < PICTURES_MAX; i += 1) {
    screen.pictures[i].pages = KEPT + u64(device.machine % MACHINES_MAX) * KEPT_BYTES_EACH + LISTS + u64(i) * LIST_BYTES;
  }
  device.features = FEATURE_INDIRECT | FEATURE_EVENT_INDEX | FEATURE_VERSION_1;
  device.queueCount = 2;
  device.setConfiguration(NUM_SCANOUTS, 1);
  return true;
}

/** We have crashed: the pictures are as they were, but for one whose list makes no sense, which has no memory any more. */
export function restore(device: ServedDevice): void {
  const screen = screenOf(device.machine);
  for (const picture of screen.pictures) {
    const isSound = picture.width <= SIDE_MAX && picture.height <= SIDE_MAX;
    if (!isSound) {
      picture.id = 0;
    }
    if (!isSound || !isListSound(picture, device.machine)) {
      picture.bytes = 0;
    }
  }
  const shown = find(screen, screen.shown);
  if (shown !== null && !hasRectangle(shown, screen.shownX, screen.shownY, screen.shownWidth, screen.shownHeight)) {
    screen.shown = 0;
  }
}

/** Whether all of the rectangle is on the picture. */
function hasRectangle(picture: Picture, x: u32, y: u32, across: u32, down: u32): boolean {
  return x <= picture.width && across <= picture.width - x && y <= picture.height && down <= picture.height - y;
}

/** Whether all of the picture's memory is the machine's. */
function isListSound(picture: Picture, machineIndex: u32): boolean {
  if (picture.bytes > PAGES_MAX * PAGE_BYTES) {
    return false;
  }
  for (let at: u32 = 0; at < picture.bytes; at += PAGE_BYTES) {
    const page = memory.load64(picture.pages + u64(at / PAGE_BYTES) * 8n);
    const rest = picture.bytes - at;
    if (page === 0n || machine.memoryOf(machineIndex, page & IPA_MASK, u64(rest < PAGE_BYTES ? rest : PAGE_BYTES)) !== page) {
      return false;
    }
  }
  return true;
}
/** Of an address in a window, what the machine itself calls it. */
const IPA_MASK = 0xffff_ffffn;

/** The machine has reset the device. */
export function reset(device: ServedDevice): void {
  const screen = screenOf(device.machine);
  const wasShown = screen.shown !== 0;
  for (const picture of screen.pictures) {
    picture.id = 0;
    picture.bytes = 0;
  }
  screen.shown = 0;
  if (wasShown) {
    compositor.screenChanged(device.machine);
  }
}

export function serve(device: ServedDevice): void {
  const screen = screenOf(device.machine);
  screen.isOther = false;
  screen.left = 0;
  screen.right = 0;
  // Cursor commands need no answer, and there is no cursor on a touch screen.
  const hasMoreCursor = serveQueue(device, device.queues[1], false);
  const hasMore = serveQueue(device, device.queues[0], true);
  device.isWaiting = hasMore || hasMoreCursor;
  if (screen.isOther) {
    compositor.screenChanged(device.machine);
  } else {
    compositor.areaChanged(device.machine, screen.left, screen.top, screen.right - screen.left, screen.bottom - screen.top);
  }
  compositor.send();
}

/** Whether there is more than was served. */
function serveQueue(device: ServedDevice, queue: ServedQueue, isControl: boolean): boolean {
  let left: u32 = CHAINS_MAX;
  do {
    let head = queue.take();
    while (head !== NONE) {
      left -= 1;
      if (gather(queue, head)) {
        const bytes = isControl ? carryOut(device.machine) : 0;
        queue.giveBack(head, bytes);
      }
      head = left === 0 ? NONE : queue.take();
    }
  } while (left !== 0 && queue.listen());
  device.tell(queue);
  return left === 0;
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
      copying.copy(command + u64(commandBytes), queue.address, u64(queue.bytes));
      commandBytes += queue.bytes;
    }
    isThere = queue.isMore() && queue.advance();
  }
  return queue.broken === Rule.None && (commandBytes >= u32(gpu.HEADER_BYTES) || queue.fail(Rule.Order));
}

/** Word `index` of the command, behind its header; 0 where it is shorter. */
function word(index: u32): u32 {
  const at = u32(gpu.HEADER_BYTES) + index * 4;
  return at + 4 <= commandBytes ? memory.load32(command + u64(at)) : 0;
}

/** Carries out the command; the bytes of the response, which is in the machine's memory. */
function carryOut(machineIndex: u32): u32 {
  const screen = screenOf(machineIndex);
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
      type = discard(screen);
      break;
    case gpu.SET_SCANOUT:
      type = setScreen(screen);
      break;
    case gpu.RESOURCE_FLUSH:
      type = flush(screen);
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
  copying.copy(room, response, u64(written));
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
      picture.bytes = 0;
      return gpu.RESPONSE_OK;
    }
  }
  return gpu.ERROR_OUT_OF_MEMORY;
}

function discard(screen: Screen): u32 {
  const picture = find(screen, word(0));
  if (picture === null) {
    return gpu.ERROR_RESOURCE;
  }
  if (screen.shown === picture.id) {
    screen.shown = 0;
    screen.isOther = true;
  }
  picture.id = 0;
  return gpu.RESPONSE_OK;
}

function setScreen(screen: Screen): u32 {
  const id = word(5);
  if (word(4) !== 0) {
    return gpu.ERROR_SCANOUT;
  }
  const picture = find(screen, id);
  if (picture === null && id !== 0) {
    return gpu.ERROR_RESOURCE;
  }
  if (picture !== null && !hasRectangle(picture, word(0), word(1), word(2), word(3))) {
    return gpu.ERROR_PARAMETER;
  }
  screen.shown = id;
  screen.shownX = word(0);
  screen.shownY = word(1);
  screen.shownWidth = word(2);
  screen.shownHeight = word(3);
  screen.isOther = true;
  return gpu.RESPONSE_OK;
}

function flush(screen: Screen): u32 {
  const picture = find(screen, word(4));
  if (picture === null) {
    return gpu.ERROR_RESOURCE;
  }
  const x = word(0);
  const y = word(1);
  const across = word(2);
  const down = word(3);
  if (!hasRectangle(picture, x, y, across, down)) {
    return gpu.ERROR_PARAMETER;
  }
  if (picture.id === screen.shown) {
    enlarge(screen, x, y, x + across, y + down);
  }
  return gpu.RESPONSE_OK;
}

/** What is to be drawn takes in a further rectangle of the picture, as far as it is on the screen. */
function enlarge(screen: Screen, fromX: u32, fromY: u32, toX: u32, toY: u32): void {
  const left = along(fromX, screen.shownX, screen.shownWidth);
  const right = along(toX, screen.shownX, screen.shownWidth);
  const top = along(fromY, screen.shownY, screen.shownHeight);
  const bottom = along(toY, screen.shownY, screen.shownHeight);
  if (left === right || top === bottom) {
    return;
  }
  const isFirst = screen.left === screen.right;
  screen.left = isFirst || left < screen.left ? left : screen.left;
  screen.top = isFirst || top < screen.top ? top : screen.top;
  screen.right = isFirst || right > screen.right ? right : screen.right;
  screen.bottom = isFirst || bottom > screen.bottom ? bottom : screen.bottom;
}

/** A place on a side of the picture, from where the screen begins on; one beyond is at its end. */
function along(at: u32, first: u32, length: u32): u32 {
  const place = at < first ? 0 : at - first;
  return place < length ? place : length;
}

/**
 * Where the picture's pages are. Every piece but the last is made of whole pages, as those of every system with pages are. What was attached
 * before is so no more, whether this succeeds or not.
 */
function attach(machineIndex: u32, screen: Screen): u32 {
  const picture = find(screen, word(0));
  const count = word(1);
  if (picture === null) {
    return gpu.ERROR_RESOURCE;
  }
  picture.bytes = 0;
  const entries = gpu.HEADER_BYTES + 8n;
  if (u64(commandBytes) < entries + u64(count) * ENTRY_BYTES) {
    return gpu.ERROR_PARAMETER;
  }
  let all: u32 = 0;
  for (let i: u32 = 0; i < count; i += 1) {
    const entry = command + entries + u64(i) * ENTRY_BYTES;
    const bytes = memory.load32(entry + 8n);
    const from = machine.memoryOf(machineIndex, memory.load64(entry), u64(bytes));
    if (from === 0n || all % PAGE_BYTES !== 0) {
      return gpu.ERROR_PARAMETER;
    }
    if (bytes > PAGES_MAX * PAGE_BYTES - all) {
      return gpu.ERROR_OUT_OF_MEMORY;
    }
    for (let at: u32 = 0; at < bytes; at += PAGE_BYTES) {
      memory.store64(picture.pages + u64((all + at) / PAGE_BYTES) * 8n, from + u64(at));
    }
    all += bytes;
  }
  picture.bytes = all;
  return gpu.RESPONSE_OK;
}

function detach(screen: Screen): u32 {
  const picture = find(screen, word(0));
  if (picture === null) {
    return gpu.ERROR_RESOURCE;
  }
  picture.bytes = 0;
  return gpu.RESPONSE_OK;
}

/** The size of what machine `index` shows; 0 if it shows nothing. */
export function pictureWidth(index: u32): u32 {
  const screen = screenOf(index);
  return find(screen, screen.shown) === null ? 0 : screen.shownWidth;
}

export function pictureHeight(index: u32): u32 {
  const screen = screenOf(index);
  return find(screen, screen.shown) === null ? 0 : screen.shownHeight;
}

/** Copies row `y` of what machine `index` shows, `count` pixels from `x` on, to `to`. What has no memory is black. */
export function copyRow(index: u32, x: u32, y: u32, count: u32, to: u64): void {
  const screen = screenOf(index);
  const picture = find(screen, screen.shown);
  if (picture === null) {
    return;
  }
  let offset = ((screen.shownY + y) * picture.width + screen.shownX + x) * 4;
  let rest = count * 4;
  let at = to;
  while (rest !== 0) {
    const inPage = offset % PAGE_BYTES;
    const bytes = rest < PAGE_BYTES - inPage ? rest : PAGE_BYTES - inPage;
    if (offset + bytes <= picture.bytes) {
      pixels.copy(at, memory.load64(picture.pages + u64(offset / PAGE_BYTES) * 8n) + u64(inPage), u64(bytes));
    } else {
      canvas.clear(at, bytes);
    }
    at += u64(bytes);
    offset += bytes;
    rest -= bytes;
  }
}
