/**
 * A screen of 720 by 1440 pixels: the virtio GPU of a machine of ours, and the interrupts by which it says that it is done. Every pixel of the picture is another
 * one, as scenarios/panel-pixels.test.ts knows it. [virtio 1.2 "GPU Device"]
 */
import { SLOT_SPI, SLOTS_MAX } from '@thimble/abi/slot-layout.ts';
import * as interrupts from './awaited-interrupts.ts';
import * as uart from './uart.ts';
import { Device, FOR_DEVICE, NEXT, NONE, SPI_FIRST } from './virtio.ts';

const GPU = 16;
const WIDTH = 720;
const HEIGHT = 1440;
const PICTURE = 1;
const COLOUR_STEP = 0x9e37_79b1;

/** Commands [virtio 1.2 "Device Operation"]. */
const RESOURCE_CREATE_2D = 0x101;
const SET_SCANOUT = 0x103;
const RESOURCE_FLUSH = 0x104;
const TRANSFER_TO_HOST_2D = 0x105;
const RESOURCE_ATTACH_BACKING = 0x106;
const FORMAT_B8G8R8X8 = 2;
const HEADER_BYTES = 24n;

/** The program is in the first 4 MiB of RAM; queues, commands and the picture are behind it. */
const QUEUES = 0x4040_0000n;
const COMMANDS = 0x4041_0000n;
const RESPONSE = 0x800n;
const PIXELS = 0x4060_0000n;
const COMMAND_BYTES = 0x1000n;
const RESPONSE_BYTES = 64;

const INTERRUPTS_END = 1020;

export const gpu = new Device();

/** Those of all devices that it may be, and of the console. */
export function openInterrupts(): void {
  interrupts.open();
  interrupts.enable(uart.INTID);
  for (let slot: u32 = 0; slot < SLOTS_MAX; slot += 1) {
    interrupts.enable(SPI_FIRST + SLOT_SPI + slot);
  }
}

/** Waits for an interrupt, and ends it: its INTID, or 1020 and above for none. A level comes again until its reason is gone. */
export function pause(): u32 {
  const taken = interrupts.wait();
  if (taken < INTERRUPTS_END) {
    if (taken === gpu.intid) {
      gpu.acknowledge();
    }
    interrupts.end(taken);
  }
  return taken;
}

/** Command number `which` of those that are offered together; words follow its header. */
function begin(which: u16, type: u32): u64 {
  const at = COMMANDS + u64(which) * COMMAND_BYTES;
  for (let offset: u64 = 0n; offset < 128n; offset += 8n) {
    mmio.write64(at + offset, 0n);
  }
  mmio.write32(at, type);
  return at + HEADER_BYTES;
}

function end(which: u16, words: u32): void {
  const at = COMMANDS + u64(which) * COMMAND_BYTES;
  const head = u16(which * 2);
  gpu.describe(head, at, u32(HEADER_BYTES) + words * 4, NEXT, u16(head + 1));
  gpu.describe(u16(head + 1), at + RESPONSE, RESPONSE_BYTES, FOR_DEVICE, 0);
  gpu.offer(head);
}

/** Notifies the device, and waits until it is done with `count` commands. */
function carryOut(count: u32): void {
  gpu.notify();
  let left = count;
  while (left !== 0) {
    if (gpu.take() !== NONE) {
      left -= 1;
    } else {
      pause();
    }
  }
}

/** The whole picture, in pixels, as commands want it. */
function rectangle(at: u64): void {
  mmio.write32(at + 8n, WIDTH);
  mmio.write32(at + 12n, HEIGHT);
}

function paint(): void {
  let colour: u32 = 0;
  for (let offset: u64 = 0n; offset < u64(WIDTH * HEIGHT * 4); offset += 4n) {
    memory.store32(PIXELS + offset, colour);
    colour = wrappingAdd(colour, COLOUR_STEP);
  }
}

/** Takes the screen into use, if there is one, and shows the picture. */
export function show(): void {
  if (!gpu.open(GPU, QUEUES)) {
    return;
  }
  paint();
  let at = begin(0, RESOURCE_CREATE_2D);
  mmio.write32(at, PICTURE);
  mmio.write32(at + 4n, FORMAT_B8G8R8X8);
  mmio.write32(at + 8n, WIDTH);
  mmio.write32(at + 12n, HEIGHT);
  end(0, 4);
  at = begin(1, RESOURCE_ATTACH_BACKING);
  mmio.write32(at, PICTURE);
  mmio.write32(at + 4n, 1);
  mmio.write64(at + 8n, PIXELS);
  mmio.write32(at + 16n, WIDTH * HEIGHT * 4);
  end(1, 6);
  at = begin(2, SET_SCANOUT);
  rectangle(at);
  mmio.write32(at + 20n, PICTURE);
  end(2, 6);
  carryOut(3);
  frame();
}

/** Shows the picture again, and waits until the device is done. */
export function frame(): void {
  let at = begin(0, TRANSFER_TO_HOST_2D);
  rectangle(at);
  mmio.write32(at + 24n, PICTURE);
  end(0, 8);
  at = begin(1, RESOURCE_FLUSH);
  rectangle(at);
  mmio.write32(at + 16n, PICTURE);
  end(1, 6);
  carryOut(2);
}
