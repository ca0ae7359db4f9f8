/**
 * What ESR_ELx says about an exception [DDI0487 D19.2.38 "ESR_EL2, Exception Syndrome Register (EL2)"].
 */

/** ESR_ELx.EC, the class of an exception. */
export enum ExceptionClass {
  Unknown = 0x00,
  WaitForInterrupt = 0x01,
  Cp15 = 0x03,
  Cp15Pair = 0x04,
  Cp14 = 0x05,
  FloatingPoint = 0x07,
  Vmrs = 0x08,
  Cp14Pair = 0x0c,
  IllegalState = 0x0e,
  Hvc32 = 0x12,
  Smc32 = 0x13,
  Hvc64 = 0x16,
  Smc64 = 0x17,
  SystemRegister = 0x18,
  Sve = 0x19,
  InstructionAbortLower = 0x20,
  InstructionAbort = 0x21,
  DataAbortLower = 0x24,
  DataAbort = 0x25,
  SError = 0x2f,
}

/** ISS of a data abort; SAS, SSE, SRT, SF only where ISV = 1. */
export const DataAbortSyndrome = bits({
  name: 'ISS, data abort',
  fields: { FSC: [5, 0], WNR: 6, S1PTW: 7, CM: 8, FNV: 10, SF: 15, SRT: [20, 16], SSE: 21, SAS: [23, 22], ISV: 24 },
});

/** ISS of a trapped MSR or MRS. */
export const SystemRegisterSyndrome = bits({
  name: 'ISS, MSR or MRS',
  fields: { READ: 0, CRM: [4, 1], RT: [9, 5], CRN: [13, 10], OP1: [16, 14], OP2: [19, 17], OP0: [21, 20] },
});

/** ISS of what AArch32 may do by condition, which is every class below FIRST_UNCONDITIONAL: the condition, if CV says that it is there. */
export const ConditionSyndrome = bits({ name: 'ISS, condition', fields: { COND: [23, 20], CV: 24 } });
export const FIRST_UNCONDITIONAL = 0x14;

/** ISS of a trapped MCR, MRC or VMRS: its fields are where those of an MSR or MRS are. */
export const CoprocessorSyndrome = bits({
  name: 'ISS, MCR or MRC',
  fields: { READ: 0, CRM: [4, 1], RT: [9, 5], CRN: [13, 10], OP1: [16, 14], OP2: [19, 17] },
});

/** ISS of a trapped MCRR or MRRC. */
export const CoprocessorPairSyndrome = bits({
  name: 'ISS, MCRR or MRRC',
  fields: { READ: 0, CRM: [4, 1], RT: [9, 5], RT2: [14, 10], OP1: [19, 16] },
});

/** ISS of WFI or WFE: TI is 0 for WFI, 1 for WFE. */
export const WaitSyndrome = bits({ name: 'ISS, WFx', fields: { TI: [1, 0] } });

/** Fault status codes (DFSC, IFSC), without the level in their low two bits where they have one. */
export const FSC_TRANSLATION = 0x04n;
export const FSC_PERMISSION = 0x0cn;
export const FSC_LEVEL_MASK = 0x3n;
/** Synchronous external abort, not on a table walk. */
export const FSC_EXTERNAL = 0x10n;
