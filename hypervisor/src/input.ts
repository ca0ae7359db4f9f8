/**
 * What comes in on the serial line: bytes for the VM that has the input, and commands (docs/abi.md, "The serial
 * line"). Bytes are taken by one processor only, the one that the UART interrupts.
 */
import * as board from './board.ts';
import { MACHINES_MAX } from './layout.ts';
import * as lifecycle from './lifecycle.ts';
import * as scheduler from './scheduler.ts';
import * as status from './status.ts';
import * as uart from './uart.ts';
import { vmCount, vms, VmState, type Vm } from './vm.ts';

const ESCAPE = 0x10;
const CHANNEL_FIRST = 0x41;
const CHANNEL_LAST = 0x60;
const STATUS = 0x3f;
/** Whatever is between them names a VM, whether there is such an order or not. */
const ORDER_FIRST = 0x63;
const ORDER_LAST = 0x73;
const POWER_OFF = 0x71;

/** What the next byte belongs to: to ESCAPE, to an order, which is about a VM (`lifecycle.order`), or, with 0, to nothing. */
let unfinished: u8 = 0;
/** Null if there is no such VM. */
let focus: Vm | null = null;
/**
 * The focused VM had no room for `held`: the line is not listened to until it reads, or until there is no more `patience`, a second at
 * most: commands are behind it. Whoever takes the 1 out of `stalled` goes on.
 */
const stalled = new AtomicU32();
let held: u8 = 0;
/** Steps. */
let patience: u32 = 0;

/** From here on bytes are taken; the first VM has the input. */
export function begin(): void {
  focus = vms[0];
}

/** The next byte of the line; not while `isStalled`. */
export function take(byte: u8): void {
  const before = unfinished;
  unfinished = 0;
  switch (before) {
    case 0:
      if (byte === ESCAPE) {
        unfinished = byte;
      } else {
        deliver(byte);
      }
      break;
    case ESCAPE:
      takeCommand(byte);
      break;
    default:
      commandVm(vmOf(byte), before);
  }
}

/** The VM with that letter. */
function vmOf(letter: u8): Vm | null {
  const index = wrappingSub(u32(letter), CHANNEL_FIRST);
  return index < vmCount ? vms[index % MACHINES_MAX] : null;
}

function takeCommand(byte: u8): void {
  if (byte >= CHANNEL_FIRST && byte <= CHANNEL_LAST) {
    focus = vmOf(byte);
    return;
  }
  switch (byte) {
    case ESCAPE:
      deliver(byte);
      break;
    case STATUS:
      status.ask();
      break;
    case POWER_OFF:
      board.powerOff();
      break;
    default:
      if (byte >= ORDER_FIRST && byte <= ORDER_LAST) {
        unfinished = byte;
      }
  }
}

function commandVm(vm: Vm | null, letter: u8): void {
  if (vm !== null) {
    lifecycle.order(vm, u32(letter));
  }
}

/** Input for a VM that does not exist, does not run or has stopped reading is lost. */
function deliver(byte: u8): void {
  const vm = focus;
  if (vm !== null && vm.state === VmState.Running && !vm.uart.isDeaf) {
    vm.uart.receive(vm, byte, true);
  }
}

/** The focused VM has no room for `byte`. Its lock is held, so that its next read, which makes room, finds the byte here. */
export function hold(byte: u8): void {
  // Off before `stalled`, which lets the VM's own processor turn it on again.
  uart.listen(false);
  held = byte;
  patience = scheduler.CHORES_A_SECOND;
  stalled.store(1);
  scheduler.doChoresSoon();
}

/** The focused VM has no room: take no more bytes from the line. */
export function isStalled(): boolean {
  return stalled.load() !== 0;
}

/** `vm` has read from its UART, has been reset or no longer runs. */
export function roomAgain(vm: Vm): void {
  if (isStalled() && vm === focus && stalled.exchange(0) === 1) {
    deliver(held);
    if (!isStalled()) {
      uart.listen(true);
    }
  }
}

/** A step of a stall, a chore of the processor that takes the input: after the last one the VM's input is lost until it reads again. Whether there is more. */
export function step(): boolean {
  if (isStalled()) {
    patience = wrappingSub(patience, 1);
    if (patience > 0) {
      return true;
    }
    const vm = focus;
    if (vm !== null && stalled.exchange(0) === 1) {
      vm.uart.isDeaf = true;
      uart.listen(true);
    }
  }
  return false;
}
