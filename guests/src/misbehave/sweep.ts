/**
 * Nonsense without gaps: every offset of every emulated device in every width, every call that the firmware's conventions can name, every
 * register of the interrupt controller's CPU interface. The numbers are strange and the same every time.
 */
import { hvc, isb, smc } from '@thimble/arm64/instructions.ts';
import * as dice from './dice.ts';
import { notes } from './exception-notes.ts';
import * as uart from '../runtime/uart.ts';

const DISTRIBUTOR = 0x0800_0000n;
const DISTRIBUTOR_BYTES = 0x1_0000n;
const REDISTRIBUTOR = 0x080a_0000n;
const REDISTRIBUTOR_BYTES = 0x2_0000n;
const UART = 0x0900_0000n;
const UART_BYTES = 0x1000n;
/** Stores to the data register would be seen on the console, which is another misdeed's business. */
const UART_DATA_BYTES = 8n;

/** A call's number: fast or yielding, 32 or 64 bits, whose it is, which one [DEN0028 "Function Identifiers"]. */
const CALL_FAST = 0x8000_0000n;
const CALL_64 = 0x4000_0000n;
const OWNER_SHIFT = 24n;
const OWNERS = 64n;
/** The standard services, of which PSCI is the first 32. */
const OWNER_STANDARD = 4n;
const FUNCTIONS = 0x100n;
/** Where each owner says who it is. */
const QUERIES = 0xff00n;
const QUERIES_END = 0xff10n;
const CPU_SUSPEND = 0x01;
const CPU_OFF = 0x02;
const SYSTEM_OFF = 0x08;
const SYSTEM_RESET = 0x09;
const SYSTEM_SUSPEND = 0x0e;
const SYSTEM_RESET2 = 0x12;

const INTERFACE_THROWS = 2000;
const INTERFACE: readonly string[] = [
  'icc_pmr_el1', 'icc_bpr0_el1', 'icc_bpr1_el1', 'icc_ctlr_el1', 'icc_igrpen0_el1', 'icc_igrpen1_el1', 'icc_ap0r0_el1', 'icc_ap1r0_el1',
  'icc_sre_el1', 'icc_eoir0_el1', 'icc_eoir1_el1', 'icc_dir_el1', 'icc_sgi1r_el1', 'icc_asgi1r_el1', 'icc_sgi0r_el1',
];
const INTERFACE_READ: readonly string[] = [
  'icc_iar0_el1', 'icc_iar1_el1', 'icc_hppir0_el1', 'icc_hppir1_el1', 'icc_rpr_el1', 'icc_pmr_el1', 'icc_ctlr_el1', 'icc_sre_el1',
];
const QUIET: readonly string[] = ['icc_igrpen0_el1', 'icc_igrpen1_el1', 'icc_ctlr_el1', 'icc_ap0r0_el1', 'icc_ap1r0_el1', 'icc_pmr_el1'];

const interfaceText = comptime(() => {
  let text = '';
  for (const name of INTERFACE) text += `msr ${name}, x0; ror x0, x0, #7; `;
  for (const name of INTERFACE_READ) text += `mrs x1, ${name}; `;
  return text + 'nop';
});
const quietText = comptime(() => {
  let text = '';
  for (const name of QUIET) text += `msr ${name}, xzr; `;
  return text + 'nop';
});

const useInterface = naked<(value: u64) => void>(asm`
    ${interfaceText}
    ret`);
const quieten = naked<() => void>(asm`
    ${quietText}
    ret`);

function everyWidth(base: u64, first: u64, bytes: u64): void {
  for (let at: u64 = base + first; at < base + bytes; at += 1n) {
    const value = dice.strange();
    mmio.write8(at, u8.wrap(value));
    mmio.read8(at);
    if ((at & 1n) === 0n) {
      mmio.write16(at, u16.wrap(value));
      mmio.read16(at);
    }
    if ((at & 3n) === 0n) {
      mmio.write32(at, u32.wrap(value));
      mmio.read32(at);
    }
    if ((at & 7n) === 0n) {
      mmio.write64(at, value);
      mmio.read64(at);
    }
  }
}

function devices(): void {
  const before = notes.faults;
  everyWidth(DISTRIBUTOR, 0n, DISTRIBUTOR_BYTES);
  everyWidth(REDISTRIBUTOR, 0n, REDISTRIBUTOR_BYTES);
  everyWidth(UART, UART_DATA_BYTES, UART_BYTES);
  uart.text('devices:');
  uart.field('faults', notes.faults - before);
  uart.line('');
}

/** Whether the call would end or pause the machine if its arguments happened to be right. */
function isEnd(owner: u64, call: u64): boolean {
  if (owner !== OWNER_STANDARD) {
    return false;
  }
  switch (u32.wrap(call)) {
    case CPU_SUSPEND:
    case CPU_OFF:
    case SYSTEM_OFF:
    case SYSTEM_RESET:
    case SYSTEM_SUSPEND:
    case SYSTEM_RESET2:
      return true;
    default:
      return false;
  }
}

function callBoth(id: u64): void {
  hvc(id, dice.strange(), dice.strange(), dice.strange());
  smc(id, dice.strange(), dice.strange(), dice.strange());
}

/** Every owner's first functions and queries, in each of the four kinds of call. */
function calls(): void {
  let count: u64 = 0n;
  for (let owner: u64 = 0n; owner < OWNERS; owner += 1n) {
    const base = owner << OWNER_SHIFT;
    for (let call: u64 = 0n; call < QUERIES_END; call += 1n) {
      if (call === FUNCTIONS) {
        call = QUERIES;
      }
      if (!isEnd(owner, call)) {
        callBoth(CALL_FAST | base | call);
        callBoth(CALL_FAST | CALL_64 | base | call);
        callBoth(base | call);
        callBoth(CALL_64 | base | call);
        count += 8n;
      }
    }
  }
  uart.text('calls: ');
  uart.decimal(count);
  uart.line(' answered');
}

function cpuInterface(): void {
  for (let i: u32 = 0; i < INTERFACE_THROWS; i += 1) {
    useInterface(dice.strange());
  }
  quieten();
  isb();
  uart.line('CPU interface: done');
}

/** The misdeed of that letter, if it is one of these. */
export function act(key: u8): boolean {
  switch (key) {
    case 0x47: // G
      devices();
      return true;
    case 0x51: // Q
      calls();
      return true;
    case 0x6e: // n
      cpuInterface();
      return true;
    default:
      return false;
  }
}
