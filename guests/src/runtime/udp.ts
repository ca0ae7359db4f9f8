/** A datagram socket of Linux between two machines on one network, 10.0.0.1 and 10.0.0.2, for messages of one byte. */
import * as linux from './linux-calls.ts';

const INTERNET = 2;
const PORT = 7007;
const NETWORK: readonly u8[] = [10, 0, 0];
const ADDRESS_BYTES = 16;
/** Until a message that nobody answers counts as lost. */
const PATIENCE_MICROSECONDS = 20_000n;

const address = fixedArray(u8, ADDRESS_BYTES);
const message = fixedArray(u8, 1);
const patience = fixedArray(u64, 2);

let socket: u64 = 0n;

/** Fills `address`: 0 is any. */
function setAddress(last: u8): void {
  address[0] = INTERNET;
  address[2] = u8.wrap(PORT >> 8);
  address[3] = u8.wrap(PORT & 0xff);
  for (let i: u32 = 0; i < NETWORK.length; i += 1) {
    address[4 + i] = last === 0 ? 0 : NETWORK[i];
  }
  address[7] = last;
}

/** Speaks to the machine 10.0.0.`peer`, and hears nobody else. */
export function open(peer: u8): void {
  socket = linux.datagramSocket();
  setAddress(0);
  linux.bind(socket, addressOf(address), u64(ADDRESS_BYTES));
  setAddress(peer);
  linux.connect(socket, addressOf(address), u64(ADDRESS_BYTES));
}

/** Whether `receive` gives up after a while, from here on. */
export function setPatience(isShort: boolean): void {
  patience[1] = isShort ? PATIENCE_MICROSECONDS : 0n;
  linux.setReceiveTimeout(socket, addressOf(patience));
}

export function send(what: u8): void {
  message[0] = what;
  linux.write(socket, addressOf(message), 1n);
}

/** Waits for a message; 0 if none comes. */
export function receive(): u8 {
  message[0] = 0;
  linux.read(socket, addressOf(message), 1n);
  return message[0];
}
