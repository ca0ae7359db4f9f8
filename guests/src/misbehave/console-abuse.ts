/** What a machine can do to the line that all consoles share. */
import * as uart from '../runtime/uart.ts';

const DLE = 0x10;
const DATA = 0x0900_0000n;

function flood(): void {
  while (true) {
    uart.line('flood flood flood flood flood flood flood flood flood flood flood flood');
  }
}

/** Does not ask whether the line has room. */
function rudeFlood(): void {
  while (true) {
    mmio.write32(DATA, 0x2e);
  }
}

/** What would, unescaped, be another machine's console, and the hypervisor's. */
function forge(): void {
  for (let letter: u8 = 0x3f; letter < 0x62; letter += 1) {
    uart.send(DLE);
    uart.send(letter);
    uart.text('forged\r\n');
  }
  uart.send(DLE);
  uart.send(DLE);
  uart.send(0x41);
  uart.line('forged');
}

/** The misdeed of that letter, if it is one of these. */
export function act(key: u8): boolean {
  switch (key) {
    case 0x64: // d
      forge();
      return true;
    case 0x4c: // L
      flood();
      return true;
    case 0x6c: // l
      rudeFlood();
      return true;
    default:
      return false;
  }
}
