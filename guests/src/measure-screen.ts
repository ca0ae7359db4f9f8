/**
 * A machine with a screen of 720 by 1440 pixels and a touch screen, and what they cost, with or without a hypervisor. It does what the host tool types:
 *
 *     f   shows its picture again some times: `bench frame <instructions>`, each until the device is done
 *     s   `sample <instructions>` that the board has executed since it printed the last one, and `events <how many>` of the touch screen so far
 *     q   powers off
 */
import * as firmware from './runtime/firmware.ts';
import * as measuring from './runtime/measuring.ts';
import * as screen from './runtime/screen.ts';
import * as secondCpu from './runtime/second-cpu.ts';
import { prepare } from './runtime/start.ts';
import * as uart from './runtime/uart.ts';
import { Device, FOR_DEVICE, NONE } from './runtime/virtio.ts';

const INPUT = 18;
const FRAMES = 8n;

/** Behind those of the screen. */
const QUEUE = 0x4040_1000n;
const EVENTS = 0x4042_0000n;
const EVENT_BYTES = 8;
const EVENT_ROOM: u16 = 16;
const EV_SYN = 0;

const touch = new Device();
let hasTouch = false;
let events: u64 = 0n;

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

function openTouch(): void {
  hasTouch = touch.open(INPUT, QUEUE);
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
  screen.frame();
  secondCpu.begin();
  for (let i: u64 = 0n; i < FRAMES; i += 1n) {
    screen.frame();
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
  screen.openInterrupts();
  uart.openReceiveInterrupt();
  secondCpu.start();
  screen.show();
  openTouch();
  uart.line('shown');
  while (true) {
    while (uart.hasByte()) {
      obey(uart.receive());
    }
    if (screen.pause() === touch.intid && hasTouch) {
      touch.acknowledge();
      takeEvents();
    }
  }
}

export const entry = naked<() => never>(
  asm`
    bl    ${prepare}
    b     ${main}`,
  { section: '.text.start' },
);
