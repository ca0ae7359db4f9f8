/**
 * Block devices of machines, each on a volume, a partition of the one disk. Data go between a machine's memory and the disk without a copy:
 * a request's pieces are checked and named to the disk, with the sector moved into the volume. [virtio 1.2 "Block Device"]
 *
 * A machine that does not know how to flush takes what is written for what is kept: its writes are done when the disk has flushed them.
 *
 * Requests are given back in the order in which they were taken, so that after a crash of ours the used index tells which ones are to be done again.
 */
import * as bytes from './bytes.ts';
import * as disk from './disk.ts';
import { SEGMENTS_MAX, VOLUMES_MAX } from './limits.ts';
import * as log from './log.ts';
import * as partitions from './partitions.ts';
import { FEATURE_EVENT_INDEX, FEATURE_INDIRECT, FEATURE_VERSION_1, type ServedDevice } from './served-device.ts';
import { NONE, Rule, type ServedQueue } from './served-queue.ts';
import * as settings from './settings.ts';

const FEATURE_SEG_MAX = 0x4n;
const FEATURE_READ_ONLY = 0x20n;
const FEATURE_BLOCK_SIZE = 0x40n;
const CAPACITY = 0;
const SEG_MAX = 12;
const BLOCK_SIZE = 20;
const MAX_DISCARD_SECTORS = 36;
const MAX_DISCARD_SEG = 40;
const DISCARD_SECTOR_ALIGNMENT = 44;
const MAX_WRITE_ZEROES_SECTORS = 48;
const MAX_WRITE_ZEROES_SEG = 52;
const WRITE_ZEROES_MAY_UNMAP = 56;
const HEADER_BYTES = 16n;
const RANGE_BYTES = 16n;
const ID_BYTES = 20n;

class Volume {
  first: u64 = 0n;
  count: u64 = 0n;
}
const volumes = fixedArray(Volume, VOLUMES_MAX);

/** A request that is under way, or the way to the next free one. */
class Request {
  device: ServedDevice | null = null;
  head: u32 = 0;
  /** Where the machine wants its status; and bytes written to its memory before that. */
  status: u64 = 0n;
  bytes: u32 = 0;
  isDone: boolean = false;
  /** It writes, for a machine that never flushes: the disk is to flush when it is done. */
  needsFlush: boolean = false;
  /** What its status will be if it is not the disk's to say. */
  answer: u8 = 0;
  /** The one of the same device that was taken next; or the next free one. */
  next: u32 = 0;
}
const requests = fixedArray(Request, disk.REQUESTS);
let free: u32 = 0;
/** Some device waits for a free request. */
let isStarved: boolean = false;
/** Of each device by its place in `requests`: see `Line`. */
class Line {
  oldest: u32 = NONE;
  newest: u32 = NONE;
}
const LINES = 256;
const lines = fixedArray(Line, LINES);

function lineOf(device: ServedDevice): Line {
  return lines[(device.machine * 8 + device.slot) % LINES];
}

/** Finds the volumes that machines have devices on. */
export function open(): void {
  for (let i: u32 = 0; i < disk.REQUESTS; i += 1) {
    requests[i].next = i + 1 < disk.REQUESTS ? i + 1 : NONE;
  }
  if (disk.sectors === 0n || !partitions.read()) {
    return;
  }
  for (let i: u32 = 0; i < VOLUMES_MAX; i += 1) {
    const name = settings.volumeName(i);
    if (memory.load8(name) !== 0) {
      if (partitions.find(name)) {
        volumes[i].first = partitions.firstSector;
        volumes[i].count = partitions.sectorCount;
      } else {
        log.text('disk: no volume ');
        log.bytes(name, settings.VOLUME_NAME_BYTES);
        log.end();
      }
    }
  }
}

function volumeOf(device: ServedDevice): Volume {
  return volumes[settings.slotParameter(device.machine, device.slot) % VOLUMES_MAX];
}

function isReadOnly(device: ServedDevice): boolean {
  return (settings.slotFlags(device.machine, device.slot) & settings.FLAG_READ_ONLY) !== 0;
}

/** What the machine is told of `device`. False if its volume is not there. */
export function describe(device: ServedDevice): boolean {
  const volume = volumeOf(device);
  const passed = disk.features & (disk.FEATURE_FLUSH | disk.FEATURE_DISCARD | disk.FEATURE_WRITE_ZEROES);
  const own = FEATURE_SEG_MAX | FEATURE_BLOCK_SIZE | FEATURE_INDIRECT | FEATURE_EVENT_INDEX | FEATURE_VERSION_1;
  device.features = own | passed | (isReadOnly(device) ? FEATURE_READ_ONLY : 0n);
  device.queueCount = 1;
  device.setConfiguration(CAPACITY, u32.wrap(volume.count));
  device.setConfiguration(CAPACITY + 4, u32.wrap(volume.count >> 32n));
  device.setConfiguration(SEG_MAX, SEGMENTS_MAX);
  device.setConfiguration(BLOCK_SIZE, disk.SECTOR_BYTES);
  device.setConfiguration(MAX_DISCARD_SECTORS, disk.discardSectorsMax);
  device.setConfiguration(MAX_DISCARD_SEG, 1);
  device.setConfiguration(DISCARD_SECTOR_ALIGNMENT, 1);
  device.setConfiguration(MAX_WRITE_ZEROES_SECTORS, disk.zeroesSectorsMax);
  device.setConfiguration(MAX_WRITE_ZEROES_SEG, 1);
  device.setConfiguration(WRITE_ZEROES_MAY_UNMAP, 1);
  return volume.count !== 0n;
}

/** Takes what the machine has made available, as far as there are requests for it. */
export function serve(device: ServedDevice): void {
  const queue = device.queues[0];
  let hasOffered = false;
  do {
    while (free !== NONE) {
      const head = queue.take();
      if (head === NONE) {
        break;
      }
      const index = free;
      const request = requests[index];
      free = request.next;
      begin(request, device, head);
      lineUp(device, index);
      if (build(device, request, index)) {
        hasOffered = true;
      } else {
        request.isDone = true;
      }
    }
  } while (free !== NONE && queue.listen());
  const hasStopped = free === NONE;
  if (hasOffered) {
    disk.notify();
  }
  finish(device);
  // Requests that were not for the disk are free again; else the disk frees some.
  device.isWaiting = hasStopped && free !== NONE;
  isStarved = isStarved || (hasStopped && free === NONE);
}

function begin(request: Request, device: ServedDevice, head: u32): void {
  request.device = device;
  request.head = head;
  request.status = 0n;
  request.bytes = 0;
  request.isDone = false;
  request.needsFlush = false;
  request.answer = disk.OK;
}

function lineUp(device: ServedDevice, index: u32): void {
  const line = lineOf(device);
  requests[index].next = NONE;
  if (device.underWay === 0) {
    line.oldest = index;
  } else {
    requests[line.newest].next = index;
  }
  line.newest = index;
  device.underWay += 1;
}

/** Of the request that is being built: bytes of its data so far, and whether the disk's table holds them. */
let dataBytes: u64 = 0n;
let fits: boolean = true;

/**
 * Offers the request that begins at `request.head` to the disk. False if it is not one for the disk: `request.answer`, or what is wrong with
 * the queue, says why.
 */
function build(device: ServedDevice, request: Request, index: u32): boolean {
  const queue = device.queues[0];
  if (!queue.begin(request.head) || !takeHeader(queue)) {
    return false;
  }
  const type = u32.wrap(header[0]);
  const sector = header[1];
  disk.begin(index, type, wrappingAdd(volumeOf(device).first, sector));
  return addPieces(device, request, index, type) && complement(device, request, index, type, sector);
}

/** Gathers the header, however many pieces it is in. False if a rule was broken. */
function takeHeader(queue: ServedQueue): boolean {
  let done: u64 = 0n;
  while (!queue.isForDevice) {
    const part = smaller(u64(queue.bytes), HEADER_BYTES - done);
    bytes.copy(addressOf(header) + done, queue.address, part);
    done += part;
    if (done === HEADER_BYTES) {
      headerPart = u32(part);
      return true;
    }
    if (!queue.isMore()) {
      break;
    }
    if (!queue.advance()) {
      return false;
    }
  }
  return queue.fail(Rule.Order);
}
/** Type and, behind 4 bytes of no meaning, sector of the request that is being built; and how much of the piece that was read last they take. */
const header = fixedArray(u64, 2);
let headerPart: u32 = 0;

/** Walks the chain, of which the header has been read; finds the status. False if a rule was broken. */
function addPieces(device: ServedDevice, request: Request, index: u32, type: u32): boolean {
  const queue = device.queues[0];
  // Whatever follows the header in its piece belongs to the data.
  let address = queue.address + u64(headerPart);
  let rest = queue.bytes - headerPart;
  dataBytes = 0n;
  fits = true;
  while (true) {
    const isLast = !queue.isMore();
    if (isLast) {
      // The last byte of the last piece is the status.
      if (!queue.isForDevice) {
        return queue.fail(Rule.Order);
      }
      rest -= 1;
      request.status = address + u64(rest);
    }
    if (rest !== 0 && !addData(device, index, type, address, rest)) {
      return queue.fail(Rule.Order);
    }
    if (isLast) {
      return true;
    }
    if (!queue.advance()) {
      return false;
    }
    address = queue.address;
    rest = queue.bytes;
  }
}

/** Adds `count` bytes of data at `address`. False if they are not for the side that they should be for. */
function addData(device: ServedDevice, index: u32, type: u32, address: u64, count: u32): boolean {
  const isForMachine = device.queues[0].isForDevice;
  const before = dataBytes;
  dataBytes += u64(count);
  switch (type) {
    case disk.READ:
    case disk.WRITE:
      fits = fits && disk.queue.add(index, address, count, isForMachine);
      return isForMachine === (type === disk.READ);
    case disk.DISCARD:
    case disk.WRITE_ZEROES:
      if (!isForMachine && before < RANGE_BYTES) {
        bytes.copy(disk.rangeAt(index) + before, address, smaller(u64(count), RANGE_BYTES - before));
      }
      return !isForMachine;
    case disk.GET_ID:
      if (isForMachine) {
        identify(device, address, before, u64(count));
      }
      return isForMachine;
    default:
      return true;
  }
}

function smaller(a: u64, b: u64): u64 {
  return a < b ? a : b;
}

/** All pieces are known: checks what they mean together, and offers the request to the disk. False if it is not one for the disk. */
function complement(device: ServedDevice, request: Request, index: u32, type: u32, sector: u64): boolean {
  request.answer = disk.ERROR;
  if (isReadOnly(device) && (type === disk.WRITE || type === disk.DISCARD || type === disk.WRITE_ZEROES)) {
    return false;
  }
  switch (type) {
    case disk.READ:
    case disk.WRITE:
      if (!fits || dataBytes % SECTOR_BYTES !== 0n || !isInside(volumeOf(device), sector, dataBytes / SECTOR_BYTES)) {
        return false;
      }
      request.bytes = type === disk.READ ? u32.wrap(dataBytes) : 0;
      break;
    case disk.FLUSH:
      break;
    case disk.DISCARD:
    case disk.WRITE_ZEROES:
      if (!addRange(volumeOf(device), index)) {
        return false;
      }
      break;
    case disk.GET_ID:
      request.bytes = u32(smaller(dataBytes, ID_BYTES));
      request.answer = disk.OK;
      return false;
    default:
      request.answer = disk.UNSUPPORTED;
      return false;
  }
  request.needsFlush = type !== disk.READ && type !== disk.FLUSH && !device.hasAccepted(disk.FEATURE_FLUSH);
  return disk.end(index);
}
const SECTOR_BYTES = u64(disk.SECTOR_BYTES);

function isInside(volume: Volume, sector: u64, count: u64): boolean {
  return sector <= volume.count && count <= volume.count - sector;
}

/** The range to discard, in the volume. False if there is not exactly one, or it lies outside. */
function addRange(volume: Volume, index: u32): boolean {
  const range = disk.rangeAt(index);
  const sector = memory.load64(range);
  const count = memory.load32(range + 8n);
  if (dataBytes !== RANGE_BYTES || !isInside(volume, sector, u64(count))) {
    return false;
  }
  disk.addRange(index, volume.first + sector, count, memory.load32(range + 12n) & 1);
  return true;
}

/** The name of the volume from its byte `from` on, as far as there is room. */
function identify(device: ServedDevice, address: u64, from: u64, room: u64): void {
  const name = settings.volumeName(settings.slotParameter(device.machine, device.slot) % VOLUMES_MAX);
  if (from < ID_BYTES) {
    bytes.copy(address, name + from, smaller(room, ID_BYTES - from));
  }
}

/** The disk has finished some requests. */
export function complete(): void {
  let hasOffered = false;
  while (true) {
    const index = disk.queue.take();
    if (index === NONE) {
      break;
    }
    const request = requests[index];
    const device = request.device;
    if (device !== null && !request.isDone) {
      request.answer = disk.status(index);
      if (request.needsFlush && request.answer === disk.OK) {
        request.needsFlush = false;
        disk.begin(index, disk.FLUSH, 0n);
        hasOffered = disk.end(index) || hasOffered;
      } else {
        request.isDone = true;
        finish(device);
      }
    }
  }
  if (hasOffered) {
    disk.notify();
  }
}

/** Whether some device waits for a request to become free; it is to be served. */
export function takeStarved(): boolean {
  const wasStarved = isStarved && free !== NONE;
  isStarved = isStarved && !wasStarved;
  return wasStarved;
}

/** Gives back what is done, from the oldest on, and tells the machine. */
function finish(device: ServedDevice): void {
  const queue = device.queues[0];
  const line = lineOf(device);
  while (device.underWay !== 0 && requests[line.oldest].isDone) {
    const index = line.oldest;
    const request = requests[index];
    line.oldest = request.next;
    device.underWay -= 1;
    // A device that was broken or reset meanwhile gets nothing.
    if (queue.isReady && queue.broken === Rule.None && request.status !== 0n) {
      mmio.write8(request.status, request.answer);
      queue.giveBack(request.head, request.bytes + 1);
    }
    request.device = null;
    request.next = free;
    free = index;
  }
  device.tell(queue);
  // A reset may have waited for the last of them.
  device.takeWritten();
}
