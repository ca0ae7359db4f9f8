/** The touch screen and the keyboard of a machine. [virtio 1.2 "Input Device"] */
import * as codes from './event-codes.ts';
import * as fingers from './fingers.ts';
import { CHAINS_MAX } from './limits.ts';
import * as panel from './panel.ts';
import { FEATURE_EVENT_INDEX, FEATURE_INDIRECT, FEATURE_VERSION_1, type ServedDevice } from './served-device.ts';
import { NONE, Rule } from './served-queue.ts';
import * as settings from './settings.ts';

const EVENT_BYTES = 8;

/** Offsets in the configuration: what is asked for, how long the answer is, and the answer. */
const SELECT = 0;
const SUBSELECT = 1;
const SIZE = 2;
const ANSWER = 8;
const ANSWER_BYTES = 64;

const ID_NAME = 1;
const ID_DEVIDS = 3;
const PROP_BITS = 0x10;
const EV_BITS = 0x11;
const ABS_INFO = 0x12;
const PROP_DIRECT = 2;
const BUS_VIRTUAL = 6;
const VENDOR = 0x5448;

export function isKeyboard(device: ServedDevice): boolean {
  return settings.slotParameter(device.machine, device.slot) === settings.INPUT_KEYBOARD;
}

export function describe(device: ServedDevice): boolean {
  device.features = FEATURE_INDIRECT | FEATURE_EVENT_INDEX | FEATURE_VERSION_1;
  device.queueCount = 2;
  // A touch screen is as large as the panel.
  return panel.width !== 0;
}

/** The machine has written what it wants to know. */
export function select(device: ServedDevice): void {
  for (let i: u32 = 0; i < ANSWER_BYTES; i += 4) {
    device.setConfiguration(ANSWER + i, 0);
  }
  device.setConfigurationByte(SIZE, u8.wrap(answer(device, u32(device.configurationByte(SELECT)), u32(device.configurationByte(SUBSELECT)))));
}

/** The bytes of the answer. */
function answer(device: ServedDevice, what: u32, which: u32): u32 {
  switch (what) {
    case ID_NAME:
      return spell(device, isKeyboard(device) ? 'Thimble keyboard' : 'Thimble touch screen');
    case ID_DEVIDS:
      device.setConfiguration(ANSWER, BUS_VIRTUAL | (VENDOR << 16));
      device.setConfiguration(ANSWER + 4, isKeyboard(device) ? 2 : 1);
      return 8;
    case PROP_BITS:
      device.setConfigurationByte(ANSWER, isKeyboard(device) ? 0 : PROP_DIRECT);
      return isKeyboard(device) ? 0 : 1;
    case EV_BITS:
      return isKeyboard(device) ? keyboardEvents(device, which) : touchEvents(device, which);
    case ABS_INFO:
      return isKeyboard(device) ? 0 : axis(device, which);
    default:
      return 0;
  }
}

/** Tells how long axis `code` of a touch screen is. */
function axis(device: ServedDevice, code: u32): u32 {
  const max = axisMax(code);
  if (max === 0) {
    return 0;
  }
  device.setConfiguration(ANSWER + 4, max);
  return 20;
}

/** 0 if there is none. */
function axisMax(code: u32): u32 {
  if (code > codes.ABS_Y && !fingers.areSeveral) {
    return 0;
  }
  switch (code) {
    case codes.ABS_X:
    case codes.ABS_MT_POSITION_X:
      return panel.width - 1;
    case codes.ABS_Y:
    case codes.ABS_MT_POSITION_Y:
      return panel.height - 1;
    case codes.ABS_MT_SLOT:
      return fingers.FINGERS_MAX - 1;
    case codes.ABS_MT_TRACKING_ID:
      return TRACKING_ID_MAX;
    default:
      return 0;
  }
}
/** A power of two less one. */
export const TRACKING_ID_MAX = 0xffff;

function spell(device: ServedDevice, text: string): u32 {
  for (let i: u32 = 0; i < text.length; i += 1) {
    device.setConfigurationByte(ANSWER + i, text.charCodeAt(i));
  }
  return text.length;
}

function keyboardEvents(device: ServedDevice, type: u32): u32 {
  if (type === codes.EV_REP) {
    return 1;
  }
  if (type !== codes.EV_KEY) {
    return 0;
  }
  for (let i: u32 = 0; i < codes.KEYS / 8; i += 1) {
    // There is no key 0.
    device.setConfigurationByte(ANSWER + i, i === 0 ? 0xfe : 0xff);
  }
  return codes.KEYS / 8;
}

function touchEvents(device: ServedDevice, type: u32): u32 {
  if (type === codes.EV_ABS) {
    let bytes: u32 = 0;
    for (let code: u32 = 0; code <= codes.ABS_MT_TRACKING_ID; code += 1) {
      if (axisMax(code) !== 0) {
        const at = ANSWER + code / 8;
        const one: u8 = 1;
        device.setConfigurationByte(at, device.configurationByte(at) | (one << u8(code % 8)));
        bytes = code / 8 + 1;
      }
    }
    return bytes;
  }
  if (type !== codes.EV_KEY) {
    return 0;
  }
  device.setConfigurationByte(ANSWER + codes.BTN_TOUCH / 8, u8(1 << (codes.BTN_TOUCH % 8)));
  return codes.BTN_TOUCH / 8 + 1;
}

/** Status events (lights of a keyboard) are taken and forgotten. */
export function serve(device: ServedDevice): void {
  const queue = device.queues[1];
  let left: u32 = CHAINS_MAX;
  do {
    let head = queue.take();
    while (head !== NONE) {
      left -= 1;
      queue.giveBack(head, 0);
      head = left === 0 ? NONE : queue.take();
    }
  } while (left !== 0 && queue.listen());
  device.isWaiting = left === 0;
  device.tell(queue);
}

/** Gives the machine an event. One for which it has no room is lost. */
export function post(device: ServedDevice, type: u32, code: u32, value: u32): void {
  const queue = device.queues[0];
  const head = device.isRunning() ? queue.take() : NONE;
  if (head === NONE) {
    return;
  }
  if (queue.begin(head) && (queue.isForDevice && queue.bytes >= EVENT_BYTES || queue.fail(Rule.Order))) {
    mmio.write32(queue.address, type | (code << 16));
    mmio.write32(queue.address + 4n, value);
    queue.giveBack(head, EVENT_BYTES);
  }
}

/** The events so far belong together: the machine is told of them. */
export function synchronize(device: ServedDevice): void {
  post(device, codes.EV_SYN, 0, 0);
  if (device.isRunning()) {
    device.tell(device.queues[0]);
  }
}
