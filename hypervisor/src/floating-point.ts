/**
 * v0 to v31 stay with the vCPU that used them last until another one on the same processor uses them: the first
 * use traps [DDI0487 "CPTR_EL2, Architectural Feature Trap Register (EL2)"]. Who never computes with them never pays.
 */
import { FPEXC32_EL2 } from '@thimble/arm64/registers-aarch32.ts';
import { CPTR_EL2 } from '@thimble/arm64/registers-el2.ts';
import { isb } from '@thimble/arm64/instructions.ts';
import type { Cpu } from './cpu.ts';
import type { Vcpu } from './vcpu.ts';

/**
 * v0 to v31 to or from the 512 bytes at x0, which moves behind them. The compiler may not use these registers, so the assembler
 * has to be told, in the same statement.
 */
const STORE_ALL = comptime(() => {
  let text = '.arch_extension simd';
  for (let i = 0; i < 32; i += 4) {
    text += `; st1 {v${i}.2d-v${i + 3}.2d}, [x0], #64`;
  }
  return text + '; mrs x1, fpcr; mrs x2, fpsr';
});
const LOAD_ALL = comptime(() => {
  let text = '.arch_extension simd';
  for (let i = 0; i < 32; i += 4) {
    text += `; ld1 {v${i}.2d-v${i + 3}.2d}, [x0], #64`;
  }
  return text + '; ldp x1, x2, [x0]; msr fpcr, x1; msr fpsr, x2';
});

/** Stores v0 to v31, FPCR and FPSR: 528 bytes. */
const save = naked<(state: u64) => void>(asm`
    ${STORE_ALL}
    stp   x1, x2, [x0]
    ret`);

/** Loads what `save` stored. */
const load = naked<(state: u64) => void>(asm`
    ${LOAD_ALL}
    ret`);

const NO_TRAP = CPTR_EL2.of({ RES1_7_0: 0xffn, TZ: 1n, RES1_9: 1n, TSM: 1n, RES1_13: 1n, TTA: 1n, TAM: 1n });
const TRAP = NO_TRAP | CPTR_EL2.of({ TFP: 1n });

/** Lets `vcpu`, being loaded on `cpu`, use the registers only if they are its own. */
export function trapUnlessOwner(cpu: Cpu, vcpu: Vcpu): void {
  CPTR_EL2.write(cpu.floatingPointOwner === vcpu ? NO_TRAP : TRAP);
}

/** The trap: `vcpu` uses the registers for the first time since it was loaded. */
export function take(cpu: Cpu, vcpu: Vcpu): Vcpu {
  CPTR_EL2.write(NO_TRAP);
  // The trap is off before EL2 itself touches the registers.
  isb();
  const owner = cpu.floatingPointOwner;
  if (owner !== null) {
    save(addressOf(owner.floatingPoint));
  }
  load(addressOf(vcpu.floatingPoint));
  if (vcpu.isAarch32) {
    FPEXC32_EL2.write(vcpu.aarch32.fpexc);
  }
  cpu.floatingPointOwner = vcpu;
  return vcpu;
}

/**
 * FPEXC is its own to a vCPU in AArch32 only while the registers are. Meanwhile it lets every use of them through, as one that FPEXC refuses would
 * not trap to EL2. `vcpu` is such a one, and `trapUnlessOwner` has been called.
 */
export function loadEnable(cpu: Cpu, vcpu: Vcpu): void {
  if (cpu.floatingPointOwner === vcpu) {
    // The trap is off before FPEXC is touched.
    isb();
    FPEXC32_EL2.write(vcpu.aarch32.fpexc);
  }
}

/** The same vCPU leaves `cpu`. */
export function saveEnable(cpu: Cpu, vcpu: Vcpu): void {
  if (cpu.floatingPointOwner === vcpu) {
    vcpu.aarch32.fpexc = FPEXC32_EL2.read();
    FPEXC32_EL2.write(FPEXC32_EL2.of({ EN: 1n }));
  }
}

/** `vcpu` is reset: nothing of it is worth saving. */
export function forget(cpu: Cpu, vcpu: Vcpu): void {
  if (cpu.floatingPointOwner === vcpu) {
    cpu.floatingPointOwner = null;
  }
}
