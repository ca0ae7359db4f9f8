/**
 * Registers and instructions that are not EL1's to use: the hypervisor's own are undefined, and what a processor has only
 * once (debug, performance monitor) is hidden and reads as zero.
 */
import * as exceptionNotes from './exception-notes.ts';
import { notes } from './exception-notes.ts';
import * as uart from '../runtime/uart.ts';

/** Registers of EL2 and EL3; the encodings are ICC_SRE_EL2, ICH_HCR_EL2, ICH_LR0_EL2 and ICC_SRE_EL3. */
const FORBIDDEN: readonly string[] = [
  'hcr_el2', 'vttbr_el2', 'vtcr_el2', 'vbar_el2', 'sctlr_el2', 'tcr_el2', 'ttbr0_el2', 'mair_el2', 'elr_el2', 'spsr_el2',
  'esr_el2', 'far_el2', 'hpfar_el2', 'tpidr_el2', 'cptr_el2', 'mdcr_el2', 'hstr_el2', 'vpidr_el2', 'vmpidr_el2', 'cnthctl_el2',
  'cntvoff_el2', 'cnthp_ctl_el2', 'cnthp_cval_el2', 'sp_el1', 'scr_el3', 'elr_el3', 'vbar_el3', 'sctlr_el3',
  'S3_4_C12_C9_5', 'S3_4_C12_C11_0', 'S3_4_C12_C12_0', 'S3_6_C12_C12_5',
];
/** Hidden from every machine; each must read as zero after a write of ones. */
const HIDDEN: readonly string[] = [
  'mdscr_el1', 'dbgbvr0_el1', 'dbgbcr0_el1', 'dbgwvr0_el1', 'dbgwcr0_el1', 'pmcr_el0', 'pmccntr_el0', 'pmcntenset_el0', 'pmevtyper0_el0',
  'pmintenset_el1', 'actlr_el1',
];
/** Translation maintenance and address translation of EL2. */
const FORBIDDEN_OPERATIONS: readonly string[] = [
  'tlbi alle1', 'tlbi alle2', 'tlbi vmalls12e1', 'tlbi ipas2e1, x0', 'tlbi alle1is', 'at s1e2r, x0', 'at s12e1r, x0',
];

const forbidden = comptime(() => {
  let text = '';
  for (const name of FORBIDDEN) {
    text += `mrs x1, ${name}; msr ${name}, x0; `;
  }
  for (const operation of FORBIDDEN_OPERATIONS) {
    text += `${operation}; `;
  }
  return text + 'nop';
});
const hidden = comptime(() => {
  let text = 'mov x1, #-1; mov x0, #0; ';
  for (const name of HIDDEN) {
    text += `msr ${name}, x1; mrs x2, ${name}; orr x0, x0, x2; `;
  }
  return text + 'nop';
});

const useForbidden = naked<(value: u64) => void>(asm`
    ${forbidden}
    ret`);
const useHidden = naked<() => u64>(asm`
    ${hidden}
    ret`);
const undefinedInstruction = naked<() => void>(asm`
    udf   #0x1234
    ret`);

function hypervisors(): void {
  const before = notes.faults;
  useForbidden(0n);
  uart.text('forbidden: ');
  uart.decimal(notes.faults - before);
  uart.text(' undefined of ');
  uart.decimal(u64(comptime(() => FORBIDDEN.length * 2 + FORBIDDEN_OPERATIONS.length)));
  uart.line('');
}

function onceAProcessor(): void {
  const before = notes.faults;
  const left = useHidden();
  uart.text('hidden:');
  uart.field('left', left);
  uart.field('faults', notes.faults - before);
  uart.line('');
}

function nonExistent(): void {
  const before = notes.faults;
  undefinedInstruction();
  exceptionNotes.report('undefined instruction', before);
}

/** Drops what it can of caches and translations, by set and way too, over and over. */
function maintenance(): void {
  for (let i: u64 = 0n; i < 2000n; i += 1n) {
    const setWay = i << 6n;
    asm`dc isw, ${setWay}`;
    asm`dc cisw, ${setWay}`;
    asm`ic iallu`;
    asm`tlbi vmalle1is`;
    asm`dsb sy`;
  }
  uart.line('maintenance: done');
}

/** The misdeed of that letter, if it is one of these. */
export function act(key: u8): boolean {
  switch (key) {
    case 0x72: // r
      hypervisors();
      return true;
    case 0x68: // h
      onceAProcessor();
      return true;
    case 0x69: // i
      nonExistent();
      return true;
    case 0x6d: // m
      maintenance();
      return true;
    default:
      return false;
  }
}
