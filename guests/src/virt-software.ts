/**
 * What small systems written for QEMU's `virt` do, and what they take for granted: entered at 0x4008_0000 at EL1 with a device tree in
 * x0, somewhere above; a PL011 that sends bytes without any setting up, in stores of a byte; an external abort where nothing answers; the
 * firmware by hvc, and SYSTEM_OFF to finish. A scenario runs it on `virt` itself too, and expects the same words.
 */
import { CurrentEL } from '@thimble/arm64/registers-el1.ts';
import { hvc } from '@thimble/arm64/instructions.ts';
import * as exceptionNotes from './misbehave/exception-notes.ts';
import { notes } from './misbehave/exception-notes.ts';
import { prepare } from './runtime/start.ts';
import * as firmware from './runtime/firmware.ts';
import * as uart from './runtime/uart.ts';

const UART_DR = 0x0900_0000n;
/** Between the virtio transports and the end of the devices. */
const UNBACKED = 0x0a10_0000n;
const PSCI_VERSION = 0x8400_0000n;
/** The first word of a device tree, big endian. */
const TREE_MAGIC = 0xedfe_0dd0;

function plainText(string: string): void {
  for (let i: u32 = 0; i < string.length; i += 1) {
    mmio.write8(UART_DR, string.charCodeAt(i));
  }
}

function yesOrNo(what: string, isSo: boolean): void {
  plainText(what);
  plainText(isSo ? ': yes\r\n' : ': no\r\n');
}

/** The erased flash, where a boot loader looks for its settings. */
function flash(): void {
  const before = notes.faults;
  mmio.read8(0x0400_0004n);
  yesOrNo('second flash bank answers', notes.faults === before);
}

export function main(tree: u64): never {
  plainText('software for virt\r\n');
  exceptionNotes.open();
  uart.text('exception level:');
  uart.field('CurrentEL', CurrentEL.read());
  uart.line('');
  yesOrNo('device tree above the image', tree > linkerSymbol('__stack_end') && memory.load32(tree) === TREE_MAGIC);
  flash();
  let before = notes.faults;
  mmio.read32(UNBACKED);
  exceptionNotes.report('load from nowhere', before);
  before = notes.faults;
  mmio.write8(UNBACKED + 1n, 0);
  exceptionNotes.report('store to nowhere', before);
  uart.text('firmware:');
  uart.field('version', hvc(PSCI_VERSION, 0n, 0n, 0n));
  uart.line('');
  firmware.powerOff();
}

export const entry = naked<() => never>(
  asm`
    bl    ${prepare}
    b     ${main}`,
  { section: '.text.start' },
);
