/**
 * What comes in on the serial line: bytes for the VM that has the input, and commands (docs/abi.md, "The serial
 * line"). Called by one processor only, the one that the UART interrupts.
 */
import * as board from './board.ts';
import * as lifecycle from './lifecycle.ts';
import * as status from './status.ts';
import * as uart from './uart.ts';
import { Request, vmCount, vms } from './vm.ts';

const ESCAPE = 0x10;
const CHANNEL_FIRST = 0x41;
const CHANNEL_LAST = 0x60;
const STATUS = 0x3f;
const RESET = 0x72;
const KILL = 0x6b;
const START = 0x73;
const POWER_OFF = 0x71;

enum Expect {
  Data,
  /** ESCAPE has come. */
  Command,
  /** The letter of the VM for `command`. */
  Vm,
}

let expect: Expect = Expect.Data;
let command: u8 = 0;
let focus: u32 = 0;
/** A byte that the focused VM had no room for. */
let held: u8 = 0;
let stalled: boolean = false;

/** The next byte of the line; not while `isStalled`. */
export function take(byte: u8): void {
  switch (expect) {
    case Expect.Data:
      if (byte === ESCAPE) {
        expect = Expect.Command;
      } else {
        deliver(byte);
      }
      break;
    case Expect.Command:
      expect = Expect.Data;
      takeCommand(byte);
      break;
    case Expect.Vm:
      expect = Expect.Data;
      if (byte >= CHANNEL_FIRST && u32(byte) - CHANNEL_FIRST < vmCount) {
        commandVm(u32(byte) - CHANNEL_FIRST);
      }
      break;
  }
}

function takeCommand(byte: u8): void {
  if (byte >= CHANNEL_FIRST && byte <= CHANNEL_LAST) {
    focus = u32(byte) - CHANNEL_FIRST;
    return;
  }
  switch (byte) {
    case ESCAPE:
      deliver(byte);
      break;
    case STATUS:
      status.print();
      break;
    case RESET:
    case KILL:
    case START:
      command = byte;
      expect = Expect.Vm;
      break;
    case POWER_OFF:
      board.powerOff();
      break;
    default:
      break;
  }
}

function commandVm(index: u32): void {
  const vm = vms[index];
  switch (command) {
    case RESET:
      lifecycle.request(vm, Request.Reset);
      break;
    case KILL:
      lifecycle.request(vm, Request.Off);
      break;
    default:
      lifecycle.start(vm);
  }
}

/** Input for a VM that does not exist is lost. */
function deliver(byte: u8): void {
  if (focus < vmCount) {
    const vm = vms[focus];
    if (!vm.uart.receive(vm, byte)) {
      // Off before `stalled`, which lets the VM's own processor turn it on again.
      uart.listen(false);
      held = byte;
      stalled = true;
    }
  }
}

/** The focused VM has no room: take no more bytes from the line. */
export function isStalled(): boolean {
  return stalled;
}

/** A VM has read from its UART. */
export function roomAgain(): void {
  if (stalled) {
    stalled = false;
    deliver(held);
    if (!stalled) {
      uart.listen(true);
    }
  }
}
