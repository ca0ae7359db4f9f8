/** Calls of the firmware that no sane system makes. */
import { hvc, smc } from '@thimble/arm64/instructions.ts';
import * as dice from './dice.ts';
import * as uart from '../runtime/uart.ts';

const PSCI_32 = 0x8400_0000n;
const PSCI_64 = 0xc400_0000n;
const ARCHITECTURE = 0x8000_0000n;
const HYPERVISOR = 0x8600_0000n;
const CPU_SUSPEND = 0x01;
const CPU_OFF = 0x02;
const CPU_DEFAULT_SUSPEND = 0x0c;
const SYSTEM_OFF = 0x08;
const SYSTEM_RESET = 0x09;
const SYSTEM_SUSPEND = 0x0e;
const SYSTEM_RESET2 = 0x12;
const CALLS = 5000;
const NOT_SUPPORTED = 0xffff_ffff_ffff_ffffn;

/** Some function; never one that ends or pauses the caller. */
function someFunction(): u64 {
  const number = dice.below(0x20n);
  switch (u32.wrap(number)) {
    case CPU_SUSPEND:
    case CPU_OFF:
    case CPU_DEFAULT_SUSPEND:
    case SYSTEM_OFF:
    case SYSTEM_RESET:
    case SYSTEM_SUSPEND:
    case SYSTEM_RESET2:
      return PSCI_32;
    default:
      break;
  }
  switch (u32.wrap(dice.below(5n))) {
    case 0:
      return PSCI_32 + number;
    case 1:
      return PSCI_64 + number;
    case 2:
      return ARCHITECTURE + number;
    case 3:
      return HYPERVISOR + dice.below(0x1_0000n);
    default:
      // Neither PSCI's range nor any that is in use.
      return (dice.next() & ~0xff00_0000n) | 0x8300_0000n;
  }
}

function many(): void {
  let refused: u64 = 0n;
  for (let i: u32 = 0; i < CALLS; i += 1) {
    if (hvc(someFunction(), dice.strange(), dice.strange(), dice.strange()) === NOT_SUPPORTED) {
      refused += 1n;
    }
    if (smc(someFunction(), dice.strange(), dice.strange(), dice.strange()) === NOT_SUPPORTED) {
      refused += 1n;
    }
  }
  uart.text('calls: ');
  uart.decimal(refused);
  uart.text(' not supported of ');
  uart.decimal(u64(CALLS) * 2n);
  uart.line('');
}

function nonsense(): void {
  const result = smc(0xdead_beefn, 1n, 2n, 3n);
  uart.text('smc:');
  uart.field('x0', result);
  uart.line('');
}

function cpuOff(): void {
  hvc(PSCI_32 + 2n, 0n, 0n, 0n);
  uart.line('the processor is still on');
}

/** The misdeed of that letter, if it is one of these. */
export function act(key: u8): boolean {
  switch (key) {
    case 0x63: // c
      many();
      return true;
    case 0x73: // s
      nonsense();
      return true;
    case 0x43: // C
      cpuOff();
      return true;
    default:
      return false;
  }
}
