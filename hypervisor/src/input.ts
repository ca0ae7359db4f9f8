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
 * The focused VM had no room for `held`: the line is not listened to until it has, or until there is no more `patience`, a second at
 * most: commands are behind it. The processor that takes the bytes looks at each step of its chores; nobody else may let the next byte pass this one.
 */
let held: u8 = 0;
/** Steps that are left; 0 while nothing is held. */
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

/** `byte` is for the VM that has the input, which may have no room for it. */
function deliver(byte: u8): void {
  if (!isTaken(byte)) {
    uart.listen(false);
    held = byte;
    patience = scheduler.CHORES_A_SECOND;
    scheduler.doChoresSoon();
  }
}

/** The focused VM has no room: take no more bytes from the line. */
export function isStalled(): boolean {
  return patience !== 0;
}

/** Whether `byte` has been dealt with: input for a VM that does not exist, does not run or has stopped reading is lost. */
function isTaken(byte: u8): boolean {
  const vm = focus;
  return vm === null || vm.state !== VmState.Running || vm.uart.isDeaf || vm.uart.receive(vm, byte);
}

/** A step of a stall, a chore of the processor that takes the input: after the last one the VM's input is lost until it reads again. Whether there is more. */
export function step(): boolean {
  if (isStalled()) {
    const vm = focus;
    if (patience > 1) {
      patience -= 1;
    } else if (vm !== null) {
      vm.uart.isDeaf = true;
    }
    if (isTaken(held)) {
      patience = 0;
      uart.listen(true);
    }
  }
  return isStalled();
}
