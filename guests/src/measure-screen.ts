/**
 * A machine with a screen of 720 by 1440 pixels and a touch screen, and what they cost, with or without a hypervisor. It does what the host tool types:
 *
 *     f   shows its picture again some times: `bench frame <instructions>`, each until the device is done
 *     s   `sample <instructions>` that the board has executed since it printed the last one, and `events <how many>` of the touch screen so far
 *     q   powers off
 */
import { ICC_EOIR1_EL1, ICC_IAR1_EL1, ICC_IGRPEN1_EL1, ICC_PMR_EL1 } from '@thimble/arm64/registers-gic.ts';
import { isb, wfi } from '@thimble/arm64/instructions.ts';
import * as firmware from './runtime/firmware.ts';
import * as measuring from './runtime/measuring.ts';
import * as secondCpu from './runtime/second-cpu.ts';
import { prepare } from './runtime/start.ts';
import * as uart from './runtime/uart.ts';
import { Device, FOR_DEVICE, NEXT, NONE } from './runtime/virtio.ts';

const GPU = 16;
const INPUT = 18;
const WIDTH = 720;
const HEIGHT = 1440;
const PICTURE = 1;
const FRAMES = 8n;

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
const EVENTS = 0x4042_0000n;
const PIXELS = 0x4060_0000n;
const COMMAND_BYTES = 0x1000n;
const RESPONSE_BYTES = 64;
const EVENT_BYTES = 8;
const EVENT_ROOM: u16 = 16;
const EV_SYN = 0;

const DISTRIBUTOR = 0x0800_0000n;
const ENABLE = 3;
const IGROUPR = 0x080n;
const ISENABLER = 0x100n;
const LOWEST_PRIORITY = 0xf8n;
const INTERRUPTS_END = 1020n;

const gpu = new Device();
const touch = new Device();
let hasTouch = false;
let events: u64 = 0n;

/** Interrupts stay masked: WFI ends when one pends. */
function openInterrupts(): void {
  mmio.write32(DISTRIBUTOR, ENABLE);
  mmio.write32(DISTRIBUTOR + IGROUPR + 4n, 0xffff_ffff);
  mmio.write32(DISTRIBUTOR + ISENABLER + 4n, 0x00ff_0002);
  ICC_PMR_EL1.write(LOWEST_PRIORITY);
  ICC_IGRPEN1_EL1.write(1n);
  isb();
}

/** Waits for an interrupt, and ends it. The UART's comes again until its byte is read. */
function pause(): void {
  wfi();
  const taken = ICC_IAR1_EL1.read();
  if (taken >= INTERRUPTS_END) {
    return;
  }
  if (taken === u64(gpu.intid)) {
    gpu.acknowledge();
  } else if (hasTouch && taken === u64(touch.intid)) {
    touch.acknowledge();
    takeEvents();
  }
  ICC_EOIR1_EL1.write(taken);
}

function takeEvents(): void {
  let entry = touch.take();
  while (entry !== NONE) {
    if (mmio.read16(EVENTS + u64(entry) * u64(EVENT_BYTES)) === EV_SYN) {
      events += 1n;
    }
    touch.offer(u16.wrap(entry));
    entry = touch.take();
  }
  touch.notify();
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

function showPicture(): void {
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
}

function frame(): void {
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

function openTouch(): void {
  hasTouch = touch.open(INPUT, QUEUES + 0x1000n);
  if (hasTouch) {
    for (let entry: u16 = 0; entry < EVENT_ROOM; entry += 1) {
      touch.describe(entry, EVENTS + u64(entry) * u64(EVENT_BYTES), EVENT_BYTES, FOR_DEVICE, 0);
      touch.offer(entry);
    }
    touch.notify();
  }
}

function sample(): void {
  const instructions = secondCpu.instructions();
  // What happens while this is printed belongs to the next sample.
  secondCpu.begin();
  uart.text('events ');
  uart.decimal(events);
  uart.text(' sample ');
  uart.decimal(instructions);
  uart.line('');
}

function frames(): void {
  frame();
  secondCpu.begin();
  for (let i: u64 = 0n; i < FRAMES; i += 1n) {
    frame();
  }
  measuring.line('frame', (secondCpu.instructions() + FRAMES / 2n) / FRAMES);
}

function obey(order: u8): void {
  switch (order) {
    case 0x66:
      frames();
      break;
    case 0x73:
      sample();
      break;
    case 0x71:
      firmware.powerOff();
      break;
    default:
  }
}

export function main(): never {
  openInterrupts();
  uart.openReceiveInterrupt();
  secondCpu.start();
  if (gpu.open(GPU, QUEUES)) {
    showPicture();
    frame();
  }
  openTouch();
  uart.line('shown');
  while (true) {
    while (uart.hasByte()) {
      obey(uart.receive());
    }
    pause();
  }
}

export const entry = naked<() => never>(
  asm`
    bl    ${prepare}
    b     ${main}`,
  { section: '.text.start' },
);
